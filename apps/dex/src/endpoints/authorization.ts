import type { Connector } from '../connectors/connector.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm } from '../http/form.ts'
import { redirect, sendErrorPage, sendPage } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import { chooserPage } from '../pages/chooser.ts'

export interface AuthorizationOptions {
  readonly connectors: ReadonlyMap<string, Connector>
  readonly alwaysShowLoginScreen: boolean
}

/**
 * `/auth`: chooses the connector, by `connector_id`, because there is only one, or by asking. The request
 * itself is looked at by `/auth/{connector}`, as in Dex.
 */
export function authorizationRoute({ connectors, alwaysShowLoginScreen }: AuthorizationOptions): Route {
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
    if (first !== undefined && connectors.size === 1 && !alwaysShowLoginScreen) {
      return redirect(exchange, 302, urlOf(first))
    }
    const choices = Array.from(connectors.values(), ({ id, name }) => ({ name, url: urlOf(id) }))
    return sendPage(exchange, { title: 'Log in', body: chooserPage(choices) })
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
