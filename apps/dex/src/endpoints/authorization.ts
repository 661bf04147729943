import { LOCAL_CONNECTOR_ID } from '../config/check-together.ts'
import type { StaticClient } from '../config/static-clients.ts'
import type { Connector } from '../connectors/connector.ts'
import type { Users } from '../connectors/users.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm } from '../http/form.ts'
import { redirect, sendErrorPage, sendPage } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import { chooserPage, type Tiles } from '../pages/chooser.ts'
import { isRedirectURIAllowed } from '../provider/redirect-uris.ts'
import type { UserTiles } from '../test-powers/user-tiles.ts'

export interface AuthorizationOptions {
  readonly connectors: ReadonlyMap<string, Connector>
  readonly alwaysShowLoginScreen: boolean
  readonly clients: ReadonlyMap<string, StaticClient>
  readonly users: Users
  /** Of the test powers. */
  readonly userTiles: UserTiles | undefined
}

/**
 * `/auth`: chooses the connector, by `connector_id`, because there is only one, or by asking. The request
 * itself is looked at by `/auth/{connector}`, as in Dex.
 */
export function authorizationRoute(options: AuthorizationOptions): Route {
  const { connectors, alwaysShowLoginScreen, clients, users, userTiles } = options
  const choose = (exchange: Exchange, parameters: URLSearchParams) => {
    const asked = parameters.get('connector_id')
    parameters.delete('connector_id')
    const urlOf = (id: string) =>
      `${exchange.basePath}/auth/${encodeURIComponent(id)}?${parameters.toString()}`
    if (asked) {
      if (connectors.has(asked)) return redirect(exchange, 302, urlOf(asked))
      return sendErrorPage(exchange, 400, 'Connector ID does not match a valid Connector')
    }
    const [first] = connectors.keys()
    const tiles = tilesFor(exchange, parameters)
    if (first !== undefined && connectors.size === 1 && !alwaysShowLoginScreen && !tiles) {
      return redirect(exchange, 302, urlOf(first))
    }
    const choices = Array.from(connectors.values(), ({ id, type, name }) => ({ type, name, url: urlOf(id) }))
    return sendPage(exchange, {
      title: 'Log in',
      body: chooserPage(choices, tiles),
      // Browsers hold the policy against where a tile leads in the end.
      ...(tiles ? targetOf(parameters, clients) : {}),
    })
  }

  const tilesFor = (exchange: Exchange, parameters: URLSearchParams): Tiles | undefined => {
    if (!connectors.has(LOCAL_CONNECTOR_ID)) return undefined
    if (!userTiles?.areShownTo(exchange.request, exchange.secure)) return undefined
    const action = `${exchange.basePath}/auth/${LOCAL_CONNECTOR_ID}`
    return { action, parameters, users: users.list() }
  }

  return {
    name: 'auth',
    path: '/auth',
    methods: {
      GET: async (exchange) => choose(exchange, new URLSearchParams(exchange.url.searchParams)),
      POST: async (exchange) => choose(exchange, await readForm(exchange.request)),
    },
  }
}

/** The redirect URI, where it is one of the client's: the request was not looked at yet. */
function targetOf(parameters: URLSearchParams, clients: ReadonlyMap<string, StaticClient>) {
  const client = clients.get(parameters.get('client_id') ?? '')
  const redirectURI = parameters.get('redirect_uri') ?? ''
  return client && isRedirectURIAllowed(client, redirectURI) ? { formTarget: redirectURI } : {}
}
