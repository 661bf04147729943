import type { Connector } from '../connectors/connector.ts'
import { browserFingerprint, ensureBrowserCookie } from '../http/browser-cookie.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm } from '../http/form.ts'
import { sendErrorPage } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import { providerParameters } from '../provider/authorization-parameters.ts'
import { type Forward, PROVIDER_ROUTES } from '../provider/forward.ts'

/** `/auth/{connector}`: checks the authorization request and begins the login with that connector. */
export function connectorLoginRoute(connectors: ReadonlyMap<string, Connector>, forward: Forward): Route {
  const begin = async (exchange: Exchange, asked: URLSearchParams) => {
    const { request, response, params, secure } = exchange
    const connector = connectors.get(params['connector']!)
    if (!connector) return sendErrorPage(exchange, 400, 'Requested resource does not exist.')
    const { secret, setCookie } = ensureBrowserCookie(request, secure)
    if (setCookie) response.setHeader('Set-Cookie', setCookie)
    const start = { connectorID: connector.id, browser: browserFingerprint(secret) }
    return forward(exchange, {
      method: 'GET',
      url: `${PROVIDER_ROUTES.authorization}?${providerParameters(asked, start).toString()}`,
      headers: { accept: 'text/html' },
    })
  }
  return {
    name: 'auth_connector',
    path: '/auth/{connector}',
    methods: {
      GET: async (exchange) => begin(exchange, exchange.url.searchParams),
      POST: async (exchange) => begin(exchange, await readForm(exchange.request)),
    },
  }
}
