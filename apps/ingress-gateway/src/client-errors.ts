import type { Server as HttpServer } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Server as TlsServer } from 'node:tls'
import type { Observer } from './observe.ts'

/** Codes for what Node's parser refuses, by its error code; everything else is 400. */
const CODES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/**
 * Answers requests that the parser refused as Node would, and counts them. Connections in `finished` have got
 * their last answer.
 */
export function reportClientErrors(
  server: HttpServer,
  observer: Observer,
  finished: WeakSet<object> = new WeakSet(),
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const code = error.code ?? ''
    if (code !== 'ECONNRESET') observer.refused('malformed', code || error.message, addressOf(socket))
    // Behind a refused request anything may stand; its answer is the last.
    if (finished.has(socket)) return
    if (socket.destroyed || !socket.writable) {
      socket.destroy()
      return
    }
    const line = CODES[code] ?? '400 Bad Request'
    socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
  })
}

/** Counts handshakes that failed. */
export function reportHandshakeErrors(server: TlsServer, observer: Observer): void {
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code !== 'ECONNRESET')
      observer.refused('handshake', error.code ?? error.message, addressOf(socket))
    socket.destroy()
  })
}

function addressOf(socket: Duplex): string {
  return (socket as Socket).remoteAddress ?? 'unknown'
}
