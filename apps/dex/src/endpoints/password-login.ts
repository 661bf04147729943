import type { Logger } from '@gatehouse/server'
import type { Connector, PasswordConnector } from '../connectors/connector.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm } from '../http/form.ts'
import { sendErrorPage, sendPage } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import type { AuthorizationRequest, AuthorizationRequests } from '../login/authorization-requests.ts'
import type { CompleteLogin } from '../login/complete-login.ts'
import { findRequest, type FoundRequest } from '../login/find-request.ts'
import type { LoginThrottle } from '../login/throttle.ts'
import { passwordPage } from '../pages/password.ts'

export interface PasswordLoginOptions {
  readonly connectors: ReadonlyMap<string, Connector>
  readonly requests: AuthorizationRequests
  readonly throttle: LoginThrottle
  readonly completeLogin: CompleteLogin
  readonly logger: Logger
}

/** `/auth/{connector}/login`: the form of a password connector. */
export function passwordLoginRoute(options: PasswordLoginOptions): Route {
  const { connectors, requests, throttle, completeLogin, logger } = options

  const show = async (exchange: Exchange) => {
    const found = await find(exchange)
    if (found) sendForm(exchange, found, { status: 200, login: '' })
  }

  const submit = async (exchange: Exchange) => {
    const found = await find(exchange)
    if (!found) return
    const { request, connector, browserSecret } = found
    const form = await readForm(exchange.request)
    const [login, password] = [form.get('login') ?? '', form.get('password') ?? '']
    const facts = { connectorID: connector.id, clientID: request.client.id, address: exchange.clientAddress }
    const attempt = throttle.attempt(`${connector.id}/${login}`, exchange.clientAddress)
    if (!attempt.allowed) {
      logger.warn(facts, 'login attempt refused: too many')
      const { retryAfterSeconds } = attempt
      exchange.response.setHeader('Retry-After', String(retryAfterSeconds))
      const error = `Too many attempts. Try again in ${retryAfterSeconds} seconds.`
      return sendForm(exchange, found, { status: 429, login, error })
    }
    const identity = await connector.login(login, password)
    if (!identity) {
      // Not the login: people type their password there.
      logger.info(facts, 'login failed')
      const error = `Invalid ${connector.prompt} and password.`
      return sendForm(exchange, found, { status: 401, login, error })
    }
    throttle.succeeded(`${connector.id}/${login}`, exchange.clientAddress)
    logger.info({ ...facts, userID: identity.userID, email: identity.email }, 'login successful')
    return completeLogin(exchange, request, browserSecret, identity)
  }

  const find = async (
    exchange: Exchange,
  ): Promise<(FoundRequest & { connector: PasswordConnector }) | undefined> => {
    const found = await findRequest(exchange, requests, exchange.url.searchParams.get('state'))
    if (!found) return undefined
    const connector = connectors.get(exchange.params['connector']!)
    if (connector?.kind === 'password' && connector.id === found.request.connectorID) {
      return { ...found, connector }
    }
    sendErrorPage(exchange, 400, 'Requested resource does not exist.')
    return undefined
  }

  const sendForm = (
    exchange: Exchange,
    { request, connector }: { request: AuthorizationRequest; connector: PasswordConnector },
    state: { status: number; login: string; error?: string },
  ) => {
    const { basePath } = exchange
    const body = passwordPage({
      action: `${basePath}/auth/${encodeURIComponent(connector.id)}/login?${new URLSearchParams({ state: request.id }).toString()}`,
      prompt: connector.prompt,
      login: state.login,
      error: state.error,
      backLink: connectors.size > 1 ? `${basePath}/auth?${request.parameters.toString()}` : undefined,
    })
    sendPage(exchange, { status: state.status, title: 'Log in', body, formTarget: request.redirectURI })
  }

  return { name: 'password_login', path: '/auth/{connector}/login', methods: { GET: show, POST: submit } }
}
