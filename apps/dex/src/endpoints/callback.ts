import type { Logger } from '@gatehouse/server'
import type { Connector } from '../connectors/connector.ts'
import type { Exchange } from '../http/exchange.ts'
import { sendErrorPage } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import type { AuthorizationRequests } from '../login/authorization-requests.ts'
import type { CompleteLogin } from '../login/complete-login.ts'
import { findRequest } from '../login/find-request.ts'
import type { LoginJournal } from '../login/journal.ts'
import { sendUpstreamError } from './upstream-error.ts'

export interface CallbackOptions {
  readonly connectors: ReadonlyMap<string, Connector>
  readonly requests: AuthorizationRequests
  readonly completeLogin: CompleteLogin
  readonly journal: LoginJournal
  readonly logger: Logger
}

/** `/callback` and `/callback/{connector}`: where a browser comes back from a callback connector. */
export function callbackRoutes({
  connectors,
  requests,
  completeLogin,
  journal,
  logger,
}: CallbackOptions): Route[] {
  const comeBack = async (exchange: Exchange) => {
    const { searchParams } = exchange.url
    const found = await findRequest(exchange, requests, searchParams.get('state'))
    if (!found) return undefined
    const { request, browserSecret } = found
    const named = exchange.params['connector'] ?? request.connectorID
    const connector = connectors.get(request.connectorID)
    if (connector?.kind !== 'callback' || named !== connector.id) {
      return sendErrorPage(exchange, 400, 'Requested resource does not exist.')
    }
    const facts = { connectorID: connector.id, clientID: request.client.id }
    const identity = await connector.handleCallback(searchParams, request.id).catch((error: unknown) => {
      journal.note(request.id, { event: 'notAuthenticated', connectorID: connector.id })
      sendUpstreamError(exchange, error, facts, logger)
    })
    if (!identity) return undefined
    logger.info({ ...facts, userID: identity.userID, email: identity.email }, 'login successful')
    return completeLogin(exchange, request, browserSecret, identity)
  }
  return ['/callback', '/callback/{connector}'].map((path) => ({
    name: 'callback',
    path,
    methods: { GET: comeBack },
  }))
}
