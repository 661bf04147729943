import { connect, type Socket } from 'node:net'
import type { PassthroughConfig } from './config.ts'

/** How a spliced connection went. */
export interface SpliceReport {
  readonly connected: boolean
  readonly bytesFromClient: number
  readonly bytesToClient: number
  /** What went wrong, where something did. */
  readonly error: string | undefined
}

/** After one side has said that it sends no more, the other gets this long without a byte. */
const HALF_OPEN_IDLE_MS = 60_000

/**
 * Joins `client` with the upstream, byte for byte and with back-pressure, TLS untouched; `bytes` were read from
 * the client before. A client whose upstream can't be reached gets the TLS alert `internal_error`. Resolves when
 * both connections are gone; never rejects.
 */
export function splice(
  client: Socket,
  bytes: Buffer,
  { host, port }: PassthroughConfig,
  connectTimeoutMs: number,
): Promise<SpliceReport> {
  const { promise, resolve } = Promise.withResolvers<SpliceReport>()
  const upstream = connect({ host, port, allowHalfOpen: true, noDelay: true, keepAlive: true })
  let connected = false
  let error: string | undefined
  const timer = setTimeout(() => {
    upstream.destroy(new Error(`no connection within ${connectTimeoutMs / 1000} s`))
  }, connectTimeoutMs)
  const fail = (side: string) => (cause: NodeJS.ErrnoException) => {
    error ??= `${side}: ${cause.code ?? cause.message}`
  }
  client.setNoDelay(true)
  client.setKeepAlive(true)
  client.on('error', fail('client'))
  upstream.on('error', fail('upstream'))
  upstream.once('connect', () => {
    clearTimeout(timer)
    connected = true
    upstream.write(bytes)
    client.pipe(upstream).pipe(client)
  })
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.once('end', () => to.setTimeout(HALF_OPEN_IDLE_MS, () => to.destroy()))
  }
  // An end is passed on as an end, a reset as a reset: the other side must not wait for more.
  client.once('close', (hadError) => (hadError ? upstream.resetAndDestroy() : upstream.destroy()))
  upstream.once('close', (hadError) => {
    clearTimeout(timer)
    if (client.destroyed) return done()
    client.once('close', done)
    if (!connected) client.end(fatalAlert('internal_error'), () => client.destroySoon())
    else if (hadError) client.resetAndDestroy()
    else client.destroySoon()
    return undefined
  })
  const done = () => {
    resolve({
      connected,
      bytesFromClient: connected ? upstream.bytesWritten : 0,
      bytesToClient: upstream.bytesRead,
      error,
    })
  }
  return promise
}

const ALERTS = { decode_error: 50, internal_error: 80 } as const

/** A fatal TLS alert record in the clear (RFC 8446 §6), for a connection that has no keys yet. */
export function fatalAlert(description: keyof typeof ALERTS): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, ALERTS[description]])
}
