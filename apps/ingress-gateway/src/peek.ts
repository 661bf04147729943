import type { Socket } from 'node:net'
import { parseClientHello } from './client-hello.ts'

/** How a connection begins. `bytes` are the ones that were read: they belong to whoever serves it next. */
export type Opening =
  | { readonly kind: 'tls'; readonly serverName: string | undefined; readonly bytes: Buffer }
  | { readonly kind: 'http'; readonly bytes: Buffer }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'gone' }

export interface PeekLimits {
  readonly clientHelloBytes: number
  readonly clientHelloMs: number
}

const ASCII_UPPER_A = 0x41
const ASCII_UPPER_Z = 0x5a

/**
 * Reads from `socket` until the TLS ClientHello is complete, and no longer than `limits` allow. The socket is
 * left without listeners and not flowing; it is not destroyed, whatever the outcome.
 */
export function peek(socket: Socket, limits: PeekLimits): Promise<Opening> {
  const { promise, resolve } = Promise.withResolvers<Opening>()
  let bytes: Buffer = Buffer.alloc(0)
  const finish = (opening: Opening) => {
    clearTimeout(timer)
    socket.off('readable', onReadable).off('end', onGone).off('close', onGone).off('error', onGone)
    resolve(opening)
  }
  const onGone = () => finish({ kind: 'gone' })
  const onReadable = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
      bytes = bytes.length === 0 ? (chunk as Buffer) : Buffer.concat([bytes, chunk as Buffer])
    }
    if (bytes.length === 0) return
    if (looksLikeHttp(bytes)) return finish({ kind: 'http', bytes })
    const hello = parseClientHello(bytes, limits.clientHelloBytes)
    if (hello.state === 'invalid') finish({ kind: 'invalid', reason: hello.reason })
    else if (hello.state === 'hello') finish({ kind: 'tls', serverName: hello.serverName, bytes })
    // Tiny records could carry a small hello in many bytes.
    else if (bytes.length > 2 * limits.clientHelloBytes) {
      finish({ kind: 'invalid', reason: 'the records around the ClientHello are too long' })
    }
  }
  const timer = setTimeout(() => {
    finish({ kind: 'invalid', reason: `no ClientHello within ${limits.clientHelloMs / 1000} s` })
  }, limits.clientHelloMs)
  socket.on('readable', onReadable).on('end', onGone).on('close', onGone).on('error', onGone)
  return promise
}

/** HTTP methods begin with a capital letter, TLS handshakes with byte 22. */
function looksLikeHttp(bytes: Buffer): boolean {
  const first = bytes[0]!
  return first >= ASCII_UPPER_A && first <= ASCII_UPPER_Z
}
