import { readBrowserSecret } from '../http/browser-cookie.ts'
import type { Exchange } from '../http/exchange.ts'
import { sendErrorPage } from '../http/respond.ts'
import type { AuthorizationRequest, AuthorizationRequests } from './authorization-requests.ts'

export interface FoundRequest {
  readonly request: AuthorizationRequest
  readonly browserSecret: string
}

/**
 * The authorization request `id` of the browser that asks. Where it has none, and for a form that another
 * site has sent (CSRF), the answer is an error page and undefined is returned.
 */
export async function findRequest(
  exchange: Exchange,
  requests: AuthorizationRequests,
  id: string | null,
): Promise<FoundRequest | undefined> {
  if (isCrossSitePost(exchange)) {
    sendErrorPage(exchange, 403, 'This form was sent by another site.')
    return undefined
  }
  if (!id) {
    sendErrorPage(exchange, 400, 'User session error.')
    return undefined
  }
  const browserSecret = readBrowserSecret(exchange.request, exchange.secure)
  const request = await requests.find(id, browserSecret)
  if (request && browserSecret) return { request, browserSecret }
  const message =
    'This login has expired, was used already or was begun in another browser. Go back to the application and log in again.'
  sendErrorPage(exchange, 400, message)
  return undefined
}

/**
 * Whether a page of another site sent this form. Browsers say where a request comes from, and pages can't
 * change it; other clients say nothing.
 */
export function isCrossSitePost({ request, origin }: Pick<Exchange, 'request' | 'origin'>): boolean {
  if (request.method !== 'POST') return false
  const { 'sec-fetch-site': site, origin: sender, host } = request.headers
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  // Browsers say less on plain HTTP. Behind a proxy the Host header need not be what the browser sees.
  return sender !== undefined && sender !== origin && URL.parse(sender)?.host !== host
}
