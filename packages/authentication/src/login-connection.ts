import { isIP } from 'node:net'
import { Agent, buildConnector, request } from 'undici'
import { AuthenticationError } from './errors.ts'
import { wellKnown } from './discovery.ts'
import { localhostLookup } from './localhost.ts'

/** One answer of the issuer. */
export interface Page {
  readonly url: URL
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export interface PageRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface LoginConnection extends AsyncDisposable {
  /** One request, redirects not followed. */
  fetch(url: URL, init?: PageRequest): Promise<Page>
}

const MAX_BYTES = 4 * 1024 * 1024

/**
 * Connects to an issuer. Requests to the issuer's own origin keep its name (Host, cookies, redirects) but
 * are dialled at the origin of `discoveryURL` where that is given, with TLS checked for what is dialled.
 */
export function connectForLogin(options: {
  issuer: string
  discoveryURL?: string | undefined
  caPem?: string | undefined
  signal: AbortSignal
}): LoginConnection {
  const { caPem, signal } = options
  const issuer = new URL(options.issuer)
  const dialled = new URL(options.discoveryURL ?? options.issuer)
  const connect = buildConnector({ ca: caPem, timeout: 10_000, lookup: localhostLookup })
  const agent = new Agent({
    maxResponseSize: MAX_BYTES,
    connect(target, callback) {
      const isIssuer = target.hostname === issuer.hostname && portOf(target) === portOf(issuer)
      if (!isIssuer) return connect(target, callback)
      const hostname = dialled.hostname.replace(/^\[|\]$/g, '')
      const name = isIP(hostname) === 0 ? { servername: hostname } : {}
      connect({ ...target, host: dialled.host, hostname, port: portOf(dialled), ...name }, callback)
    },
  })
  return {
    async fetch(url, init = {}) {
      const isDiscovery = options.discoveryURL !== undefined && url.href === wellKnown(options.issuer)
      try {
        const response = await request(isDiscovery ? new URL(options.discoveryURL!) : url, {
          dispatcher: agent,
          signal,
          method: init.method ?? 'GET',
          headers: init.headers ?? {},
          body: init.body ?? null,
        })
        return {
          url,
          status: response.statusCode,
          headers: response.headers,
          text: await response.body.text(),
        }
      } catch (cause) {
        signal.throwIfAborted()
        const message = `${url.origin}${url.pathname} could not be reached: ${(cause as Error).message}`
        throw new AuthenticationError('ERR_ISSUER_UNAVAILABLE', message, { cause })
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}

function portOf({ port, protocol }: { port: string; protocol: string }): string {
  return port || (protocol === 'https:' ? '443' : '80')
}
