import type { Connector } from '../connectors/connector.ts'
import { browserFingerprint, ensureBrowserCookie } from '../http/browser-cookie.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm } from '../http/form.ts'
import { sendErrorPage } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import { providerParameters } from '../provider/authorization-parameters.ts'
import { type Forward, PROVIDER_ROUTES } from '../provider/forward.ts'
import { isCrossSitePost } from '../login/find-request.ts'
import type { UserTiles } from '../test-powers/user-tiles.ts'

/** `/auth/{connector}`: checks the authorization request and begins the login with that connector. */
export function connectorLoginRoute(
  connectors: ReadonlyMap<string, Connector>,
  forward: Forward,
  userTiles?: UserTiles,
): Route {
  const begin = async (exchange: Exchange, asked: URLSearchParams, userTile?: string) => {
    const { request, response, params, secure } = exchange
    const connector = connectors.get(params['connector']!)
    if (!connector) return sendErrorPage(exchange, 400, 'Requested resource does not exist.')
    const { secret, setCookie } = ensureBrowserCookie(request, secure)
    if (setCookie) response.setHeader('Set-Cookie', setCookie)
    const start = { connectorID: connector.id, browser: browserFingerprint(secret), userTile }
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
      POST: async (exchange) => {
        const form = await readForm(exchange.request)
        const userTile = form.get('user_tile') ?? undefined
        if (userTile === undefined) return begin(exchange, form)
        // A tile logs in by itself, so only a click in the chooser counts.
        if (isCrossSitePost(exchange) || !userTiles?.areShownTo(exchange.request, exchange.secure)) {
          return sendErrorPage(exchange, 403, 'User tiles are not on in this browser.')
        }
        return begin(exchange, form, userTile)
      },
    },
  }
}
