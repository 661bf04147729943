import type { Limits } from './config.ts'
import { parseHost } from './host.ts'
import {
  bodyTooLarge,
  headersTooLarge,
  hostNotServed,
  lengthRequired,
  malformed,
  methodNotAllowed,
  misdirected,
  type Refusal,
  upgradeRefused,
} from './refusal.ts'
import type { Route, Routes, UpstreamRoute } from './routes.ts'

/** What a decision about a request needs of it. */
export interface RequestHead {
  readonly method: string
  /** The request target as it stands in the request line. */
  readonly target: string
  readonly httpVersion: string
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[]
  /** The name for which the TLS connection was opened. */
  readonly serverName: string | undefined
}

/** In bytes. */
export type SizeLimits = Pick<Limits, 'bodyBytes' | 'headerBytes'>

export type Admission = { readonly route: UpstreamRoute } | { readonly refusal: Refusal }

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
/** A request in which one of these stands twice means different things to different servers. */
const SINGLE = [
  'host',
  'authorization',
  'content-length',
  'transfer-encoding',
  'content-type',
  'upgrade',
  'origin',
]
/** `Connection` may not name what frames, routes or identifies a request (RFC 9110 §7.6.1). */
const NOT_HOP_BY_HOP = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'authorization',
  'cookie',
  'origin',
])
/** Origin form (RFC 9112 §3.2.1) in visible ASCII without `\` and `#`, which servers read in different ways. */
const ORIGIN_FORM = /^\/[!"$-[\]-~]*$/

/**
 * Reads for which host a request is: well-formed, with a method that is forwarded and a host that is served.
 * Pure; the parser has checked the framing before.
 */
export function admitHost(
  head: Omit<RequestHead, 'serverName'>,
  routes: Routes,
): { readonly route: Route } | { readonly refusal: Refusal } {
  const headers = collect(head.rawHeaders)
  const problem = problemWith(head, headers)
  if (problem) return { refusal: malformed(problem) }
  if (!METHODS.includes(head.method)) return { refusal: methodNotAllowed(head.method, METHODS) }
  const host = parseHost(headers.get('host')![0]!)
  if (!host) return { refusal: malformed('the Host header is not a host name with an optional port') }
  const route = routes.get(host)
  return route ? { route } : { refusal: hostNotServed(host, [...routes.keys()]) }
}

/** Decides who serves a request inside a terminated connection, or why nobody does. Pure. */
export function admit(head: RequestHead, routes: Routes, { bodyBytes, headerBytes }: SizeLimits): Admission {
  // Node counts in HTTP/1.1; in HTTP/2 only once a client has confirmed the limit, which it need not do.
  const size = head.rawHeaders.reduce((sum, text) => sum + text.length, head.target.length)
  if (size > headerBytes) return { refusal: headersTooLarge(headerBytes) }
  const admission = admitHost(head, routes)
  if ('refusal' in admission) return admission
  const { route } = admission
  if (route.kind === 'passthrough' || route.host !== head.serverName) {
    return { refusal: misdirected(route.host, head.serverName) }
  }
  const headers = collect(head.rawHeaders)
  // What has no length is counted as it arrives.
  if (Number(headers.get('content-length')?.[0] ?? 0) > bodyBytes) return { refusal: bodyTooLarge(bodyBytes) }
  const isChunked = headers.has('transfer-encoding')
  if (isChunked && (head.method === 'DELETE' || head.method === 'OPTIONS')) {
    // http-proxy-3 declares such a body to be empty and then sends it: request smuggling (CVE-2026-29057).
    return { refusal: lengthRequired(head.method) }
  }
  return { route }
}

/** Decides about a request to leave HTTP: only WebSocket, only where the host allows it and from its own pages. */
export function admitUpgrade(head: RequestHead, routes: Routes, limits: SizeLimits): Admission {
  const admission = admit(head, routes, limits)
  if ('refusal' in admission) return admission
  const { route } = admission
  const headers = collect(head.rawHeaders)
  const protocol = headers.get('upgrade')?.[0]?.toLowerCase()
  if (protocol !== 'websocket' || head.method !== 'GET' || head.httpVersion !== '1.1') {
    return { refusal: upgradeRefused('only WebSocket upgrades (GET, HTTP/1.1) are forwarded') }
  }
  if (!route.websocket) {
    return { refusal: upgradeRefused(`${route.host} does not take WebSockets`) }
  }
  if (headers.has('content-length') || headers.has('transfer-encoding')) {
    return { refusal: malformed('a WebSocket upgrade has no body') }
  }
  const origin = headers.get('origin')?.[0]
  if (origin !== undefined && !isOwnOrigin(origin, headers.get('host')![0]!)) {
    return { refusal: upgradeRefused(`a page of another origin may not open a WebSocket to ${route.host}`) }
  }
  return { route }
}

/** Browsers name the page's origin (RFC 6455 §10.2); other clients name none. */
function isOwnOrigin(origin: string, hostHeader: string): boolean {
  return origin.toLowerCase() === `https://${hostHeader.toLowerCase().replace(/:443$/, '')}`
}

function problemWith(
  head: Omit<RequestHead, 'serverName'>,
  headers: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  if (!ORIGIN_FORM.test(head.target)) return 'the request target is not an absolute path in visible ASCII'
  if (!headers.has('host')) return 'there is no Host header'
  for (const name of SINGLE) {
    if ((headers.get(name)?.length ?? 0) > 1) return `there is more than one ${name} header`
  }
  const encoding = headers.get('transfer-encoding')?.[0]
  if (encoding !== undefined) {
    if (encoding.toLowerCase() !== 'chunked') return 'the only transfer encoding is chunked'
    if (head.httpVersion !== '1.1') return `HTTP/${head.httpVersion} has no Transfer-Encoding`
    if (headers.has('content-length')) return 'there are both Content-Length and Transfer-Encoding'
  }
  const named = connectionOptions(headers.get('connection') ?? [])
  const protectedName = named.find((name) => NOT_HOP_BY_HOP.has(name))
  return protectedName && `Connection may not name ${protectedName}`
}

/** The names in all Connection headers, in lower case. */
export function connectionOptions(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(',')).map((name) => name.trim().toLowerCase())
}

function collect(rawHeaders: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase()
    const values = headers.get(name)
    if (values) values.push(rawHeaders[index + 1]!)
    else headers.set(name, [rawHeaders[index + 1]!])
  }
  return headers
}
