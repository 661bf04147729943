import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WebSettings } from '../config/web.ts'

/**
 * Lets the origins of `web.allowedOrigins` read the answer. Credentials are never allowed, so `*` gives
 * nothing away that a request without cookies would not.
 *
 * @returns true when the request was a preflight, which is answered then
 */
export function answerCors(
  settings: Pick<WebSettings, 'allowedOrigins' | 'allowedHeaders'>,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { origin } = request.headers
  if (settings.allowedOrigins.length > 0) response.setHeader('Vary', 'Origin')
  const allowed = allowedOrigin(settings.allowedOrigins, origin)
  if (allowed) response.setHeader('Access-Control-Allow-Origin', allowed)
  if (request.method !== 'OPTIONS') return false
  if (allowed) {
    response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, POST')
    response.setHeader('Access-Control-Allow-Headers', settings.allowedHeaders.join(', '))
    response.setHeader('Access-Control-Max-Age', '600')
  }
  response.writeHead(204).end()
  return true
}

function allowedOrigin(allowed: readonly string[], origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined
  if (allowed.includes('*')) return '*'
  return allowed.includes(origin) ? origin : undefined
}
