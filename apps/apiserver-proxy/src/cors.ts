import type { RequestHeaders } from './request-headers.ts'

/** Lists, never what a client asks for. */
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const HEADERS =
  'Authorization, Content-Type, Accept, Audit-ID, If-Match, If-None-Match, If-Modified-Since, X-Requested-With, X-Stream-Protocol-Version'
const EXPOSED = 'Audit-ID, Date, Retry-After, Warning'
const PREFLIGHT_SECONDS = 600

export type HeaderList = readonly string[]

export interface Cors {
  /** Headers for an answer to this request, as Node takes them: name, value, name, value… */
  headersFor(headers: RequestHeaders): HeaderList
  /** The headers of the answer to a preflight request of an allowed origin; undefined for all else. */
  preflight(method: string, headers: RequestHeaders): HeaderList | undefined
}

/** CORS (the Fetch standard) for exactly these origins; credentials are bearer tokens, so no cookies. Pure. */
export function createCors(allowedOrigins: readonly string[]): Cors {
  const allowed = new Map(
    allowedOrigins.map((origin) => [
      origin,
      ['Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', EXPOSED, 'Vary', 'Origin'],
    ]),
  )
  const others = allowed.size === 0 ? [] : ['Vary', 'Origin']
  return {
    headersFor: ({ origin }) => (origin === undefined ? others : (allowed.get(origin) ?? others)),
    preflight(method, { origin, preflightMethod }) {
      if (method !== 'OPTIONS' || origin === undefined || preflightMethod === undefined) return undefined
      if (!allowed.has(origin)) return undefined
      return preflightHeaders(origin)
    },
  }
}

function preflightHeaders(origin: string): HeaderList {
  return Object.entries({
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Methods': METHODS,
    'Access-Control-Allow-Headers': HEADERS,
    'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
    Vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
  }).flat()
}
