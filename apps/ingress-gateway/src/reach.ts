import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Endpoint, Endpoints } from './endpoints.ts'

/** A connection to one of the endpoints, or why there is none. */
export type Reached =
  | { readonly upstream: Socket; readonly endpoint: Endpoint }
  | { readonly upstream: undefined; readonly error: string }

/**
 * Connects to the first endpoint that takes the connection, each within `connectTimeoutMs`. Nothing has been sent
 * yet, so the next may be tried. Gives up when `client` is gone; never rejects.
 */
export async function reach(
  client: Socket,
  endpoints: Endpoints,
  connectTimeoutMs: number,
): Promise<Reached> {
  let error = 'upstream: no endpoint is up'
  for (const endpoint of endpoints.candidates()) {
    const outcome = await connectTo(endpoint, client, connectTimeoutMs)
    if (typeof outcome !== 'string') return { upstream: outcome, endpoint }
    if (client.destroyed) return { upstream: undefined, error: 'client: gone' }
    endpoints.failed(endpoint, outcome)
    error = `upstream: ${outcome}`
  }
  return { upstream: undefined, error }
}

/** The connection, or why there is none. */
async function connectTo(
  { host, port }: Endpoint,
  client: Socket,
  timeoutMs: number,
): Promise<Socket | string> {
  const upstream = connect({ host, port, allowHalfOpen: true, noDelay: true, keepAlive: true })
  const giveUp = () => upstream.destroy(new Error('the client is gone'))
  client.once('close', giveUp)
  const timer = setTimeout(() => {
    upstream.destroy(new Error(`no connection within ${timeoutMs / 1000} s`))
  }, timeoutMs)
  try {
    await once(upstream, 'connect')
    return upstream
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    return code ?? message
  } finally {
    clearTimeout(timer)
    client.off('close', giveUp)
  }
}
