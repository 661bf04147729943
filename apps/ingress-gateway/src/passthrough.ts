import type { Socket } from 'node:net'
import type { Endpoints } from './endpoints.ts'
import { reach } from './reach.ts'

/** How a spliced connection went. */
export interface SpliceReport {
  readonly connected: boolean
  /** `host:port` of who got it; undefined when nobody could be reached. */
  readonly endpoint?: string
  readonly bytesFromClient: number
  readonly bytesToClient: number
  /** What went wrong, where something did. */
  readonly error: string | undefined
}

/** After one side has said that it sends no more, the other gets this long without a byte. */
const HALF_OPEN_IDLE_MS = 60_000

/**
 * Joins `client` with one of the endpoints, byte for byte and with back-pressure, TLS untouched; `bytes` were read
 * from the client before. A client that no endpoint can be reached for gets the TLS alert `internal_error`. Resolves
 * when both connections are gone; never rejects.
 */
export async function splice(
  client: Socket,
  bytes: Buffer,
  endpoints: Endpoints,
  connectTimeoutMs: number,
): Promise<SpliceReport> {
  const reached = await reach(client, endpoints, connectTimeoutMs)
  if (reached.upstream) {
    const { host, port } = reached.endpoint
    return { endpoint: `${host}:${port}`, ...(await join(client, reached.upstream, bytes)) }
  }
  const { error } = reached
  if (!client.destroyed) {
    const isGone = new Promise<void>((resolve) => client.once('close', () => resolve()))
    client.end(fatalAlert('internal_error'), () => client.destroySoon())
    await isGone
  }
  return { connected: false, bytesFromClient: 0, bytesToClient: 0, error }
}

function join(client: Socket, upstream: Socket, bytes: Buffer): Promise<SpliceReport> {
  const { promise, resolve } = Promise.withResolvers<SpliceReport>()
  let error: string | undefined
  const fail = (side: string) => (cause: NodeJS.ErrnoException) => {
    error ??= `${side}: ${cause.code ?? cause.message}`
  }
  client.setNoDelay(true)
  client.setKeepAlive(true)
  client.on('error', fail('client'))
  upstream.on('error', fail('upstream'))
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.once('end', () => to.setTimeout(HALF_OPEN_IDLE_MS, () => to.destroy()))
  }
  // An end is passed on as an end, a reset as a reset: the other side must not wait for more.
  client.once('close', (hadError) => (hadError ? upstream.resetAndDestroy() : upstream.destroy()))
  upstream.once('close', (hadError) => {
    if (client.destroyed) return done()
    client.once('close', done)
    if (hadError) client.resetAndDestroy()
    else client.destroySoon()
    return undefined
  })
  const done = () => {
    const { bytesWritten: bytesFromClient, bytesRead: bytesToClient } = upstream
    resolve({ connected: true, bytesFromClient, bytesToClient, error })
  }
  // It may have gone in the meantime, and tells so no more.
  if (client.destroyed) upstream.destroy()
  upstream.write(bytes)
  client.pipe(upstream).pipe(client)
  return promise
}

const ALERTS = { decode_error: 50, internal_error: 80 } as const

/** A fatal TLS alert record in the clear (RFC 8446 §6), for a connection that has no keys yet. */
export function fatalAlert(description: keyof typeof ALERTS): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, ALERTS[description]])
}
