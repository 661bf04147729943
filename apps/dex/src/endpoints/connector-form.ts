import type { Logger } from '@gatehouse/server'
import type {
  CallbackConnector,
  Connector,
  PasswordConnector,
  SimulatedConnector,
} from '../connectors/connector.ts'
import type { Exchange } from '../http/exchange.ts'
import { redirect, sendErrorPage } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import type { AuthorizationRequests } from '../login/authorization-requests.ts'
import type { LoginJournal } from '../login/journal.ts'
import { findRequest, type FoundRequest } from '../login/find-request.ts'
import { sendUpstreamError } from './upstream-error.ts'

/** An authorization request that waits for the user of a connector. */
export interface FoundLogin<C extends Connector> extends FoundRequest {
  readonly connector: C
}

/** The form of one kind of connectors. */
export interface ConnectorForm<C extends Connector> {
  readonly show: (exchange: Exchange, found: FoundLogin<C>) => void
  readonly submit: (exchange: Exchange, found: FoundLogin<C>) => Promise<void>
}

export interface ConnectorFormOptions {
  readonly connectors: ReadonlyMap<string, Connector>
  readonly requests: AuthorizationRequests
  readonly password: ConnectorForm<PasswordConnector>
  readonly persona: ConnectorForm<SimulatedConnector>
  readonly journal: LoginJournal
  readonly logger: Logger
}

/** `/auth/{connector}/login`: where a connector asks who the user is, or sends the browser to where it is asked. */
export function connectorFormRoute(options: ConnectorFormOptions): Route {
  const { connectors, requests, password, persona, journal, logger } = options

  const find = async (exchange: Exchange): Promise<FoundLogin<Connector> | undefined> => {
    const found = await findRequest(exchange, requests, exchange.url.searchParams.get('state'))
    if (!found) return undefined
    const connector = connectors.get(exchange.params['connector']!)
    if (connector?.id === found.request.connectorID) return { ...found, connector }
    refuse(exchange)
    return undefined
  }
  const refuse = (exchange: Exchange) => sendErrorPage(exchange, 400, 'Requested resource does not exist.')

  const sendUpstream = async (exchange: Exchange, { request, connector }: FoundLogin<CallbackConnector>) => {
    const login = {
      callbackPath: `${exchange.basePath}/callback`,
      state: request.id,
      offline: request.scopes.includes('offline_access'),
    }
    const url = await connector.loginURL(login).catch((error: unknown) => {
      journal.note(request.id, { event: 'notAuthenticated', connectorID: connector.id })
      sendUpstreamError(exchange, error, { connectorID: connector.id, clientID: request.client.id }, logger)
    })
    if (url !== undefined) redirect(exchange, 302, url)
  }

  const show = async (exchange: Exchange) => {
    const found = await find(exchange)
    if (isFor('password', found)) return password.show(exchange, found)
    if (isFor('simulated', found)) return persona.show(exchange, found)
    if (isFor('callback', found)) return sendUpstream(exchange, found)
    return undefined
  }

  const submit = async (exchange: Exchange) => {
    const found = await find(exchange)
    if (isFor('password', found)) return password.submit(exchange, found)
    if (isFor('simulated', found)) return persona.submit(exchange, found)
    if (found) refuse(exchange)
    return undefined
  }

  return { name: 'connector_form', path: '/auth/{connector}/login', methods: { GET: show, POST: submit } }
}

function isFor<Kind extends Connector['kind']>(
  kind: Kind,
  found: FoundLogin<Connector> | undefined,
): found is FoundLogin<Extract<Connector, { kind: Kind }>> {
  return found?.connector.kind === kind
}
