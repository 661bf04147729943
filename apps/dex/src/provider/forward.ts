import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Provider } from 'oidc-provider'
import type { Exchange } from '../http/exchange.ts'

/** The routes that oidc-provider is given; nobody reaches them from outside. */
export const PROVIDER_ROUTES = { authorization: '/authorization', token: '/token' } as const

/** Tells our own grant types where a request comes from; nobody outside can set it. */
export const CLIENT_ADDRESS_HEADER = 'x-dex-client-address'

/** Tells that a browser sent one of our forms and shows what comes back; nobody outside can set it. */
export const AFTER_FORM_HEADER = 'x-dex-after-form'

/** A request in oidc-provider's own terms. */
export interface ProviderRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export type Forward = (exchange: Exchange, request: ProviderRequest) => Promise<void>

/**
 * Lets oidc-provider answer an exchange. It sees a request that we made, never the client's: no cookies,
 * no Host header and no query but what the endpoint gives it.
 */
export function createForward(provider: Provider): Forward {
  const callback = provider.callback()
  return async (exchange, { method, url, headers, body }) => {
    const request = new IncomingMessage(new Socket())
    request.method = method
    request.url = url
    request.httpVersion = '1.1'
    request.headers = {
      host: 'dex.invalid',
      [CLIENT_ADDRESS_HEADER]: exchange.clientAddress,
      ...(isAfterForm(exchange) ? { [AFTER_FORM_HEADER]: 'yes' } : {}),
      ...headers,
    }
    if (body !== undefined) {
      request.headers['content-length'] = String(Buffer.byteLength(body))
      request.push(body)
    }
    request.push(null)
    request.complete = true
    await callback(request, exchange.response)
  }
}

/** What only browsers say, of a page that they show (Fetch Metadata). */
function isAfterForm({ request }: Exchange): boolean {
  return request.method === 'POST' && request.headers['sec-fetch-dest'] === 'document'
}
