import { isIP } from 'node:net'
import type { CustomFetchOptions } from 'openid-client'
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

export interface IssuerConnection extends AsyncDisposable {
  /** One request, redirects not followed. */
  readonly fetch: (url: URL, init?: PageRequest) => Promise<Page>
  /** The same, as openid-client wants it. */
  readonly fetchForOpenid: (url: string, init: CustomFetchOptions) => Promise<Response>
}

export interface IssuerConnectionOptions {
  readonly issuer: string
  /** Where the discovery document is dialled; its origin serves the rest, too, and TLS is checked for it. */
  readonly discoveryURL?: string | undefined
  /** `host:port` to dial for the issuer's own origin; TLS is checked for the issuer's name. */
  readonly address?: string | undefined
  /** PEM of the authorities of the issuer's certificate; the system's when absent. */
  readonly caPem?: string | undefined
  readonly signal: AbortSignal
}

const MAX_BYTES = 4 * 1024 * 1024

/**
 * Connects to an issuer. Requests to the issuer's own origin keep its name (Host, cookies, redirects) but
 * are dialled elsewhere where `discoveryURL` or `address` says so. Names below localhost are loopback.
 */
export function connectToIssuer(options: IssuerConnectionOptions): IssuerConnection {
  const { caPem, signal } = options
  const issuer = new URL(options.issuer)
  const dialled = dialledInstead(options)
  const connect = buildConnector({ ca: caPem, timeout: 10_000, lookup: localhostLookup })
  const agent = new Agent({
    maxResponseSize: MAX_BYTES,
    connect(target, callback) {
      const isIssuer = target.hostname === issuer.hostname && portOf(target) === portOf(issuer)
      connect(isIssuer ? { ...target, ...dialled } : target, callback)
    },
  })
  const fetch: IssuerConnection['fetch'] = async (url, init = {}) => {
    const isDiscovery = url.href === wellKnown(options.issuer)
    const target = isDiscovery && options.discoveryURL !== undefined ? new URL(options.discoveryURL) : url
    try {
      const response = await request(target, {
        dispatcher: agent,
        signal,
        method: init.method ?? 'GET',
        headers: init.headers ?? {},
        body: init.body ?? null,
      })
      const text = await response.body.text()
      return { url, status: response.statusCode, headers: response.headers, text }
    } catch (cause) {
      signal.throwIfAborted()
      const message = `${url.origin}${url.pathname} could not be reached: ${(cause as Error).message}`
      throw new AuthenticationError('ERR_ISSUER_UNAVAILABLE', message, { cause })
    }
  }
  return {
    fetch,
    fetchForOpenid: async (url, init) => toResponse(await fetch(new URL(url), toPageRequest(init))),
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}

/** What differs from the issuer's own origin in a connection to it. */
function dialledInstead({ issuer, discoveryURL, address }: IssuerConnectionOptions): object {
  if (address !== undefined) {
    const { host, hostname, port } = new URL(`https://${address}`)
    return { host, hostname: bare(hostname), port: port || '443', servername: new URL(issuer).hostname }
  }
  if (discoveryURL === undefined) return {}
  const url = new URL(discoveryURL)
  const hostname = bare(url.hostname)
  return { host: url.host, hostname, port: portOf(url), ...(isIP(hostname) ? {} : { servername: hostname }) }
}

/** A URL's host without the brackets of an IPv6 address. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function toPageRequest({ method, headers, body }: CustomFetchOptions): PageRequest {
  const text = body instanceof URLSearchParams ? body.toString() : body
  if (text !== undefined && text !== null && typeof text !== 'string') {
    throw new TypeError('unexpected request body')
  }
  return { method, headers, ...(typeof text === 'string' ? { body: text } : {}) }
}

function toResponse({ status, text, headers }: Page): Response {
  const all = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    for (const one of value === undefined ? [] : [value].flat()) all.append(name, one)
  }
  return new Response(text, { status, headers: all })
}

function portOf({ port, protocol }: { port: string; protocol: string }): string {
  return port || (protocol === 'https:' ? '443' : '80')
}
