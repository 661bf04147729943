import type { OutgoingHttpHeaders } from 'node:http'

/**
 * The CORS headers of an answer (https://fetch.spec.whatwg.org/#http-cors-protocol). Only origins that are
 * listed get any, compared as they stand; `Vary` is there for all, or a cache would give one origin's
 * answer to another. No credentials: the token travels in a header that the page sets itself. Pure.
 */
export function crossOriginHeaders(
  allowedOrigins: readonly string[],
  origin: string | undefined,
): OutgoingHttpHeaders {
  if (origin === undefined || !allowedOrigins.includes(origin)) return { Vary: 'Origin' }
  return {
    Vary: 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'Content-Disposition, WWW-Authenticate, Retry-After, Warning, Audit-Id',
  }
}

const PREFLIGHT_MAX_AGE_SECONDS = 600

/** The further headers of the answer to a preflight request; none for an origin that is not listed. Pure. */
export function preflightHeaders(
  allowedOrigins: readonly string[],
  origin: string | undefined,
): OutgoingHttpHeaders {
  if (origin === undefined || !allowedOrigins.includes(origin)) return {}
  return {
    'Access-Control-Allow-Methods': 'GET, HEAD',
    'Access-Control-Allow-Headers': 'Authorization',
    'Access-Control-Max-Age': PREFLIGHT_MAX_AGE_SECONDS,
  }
}
