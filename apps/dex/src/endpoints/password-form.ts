import type { Logger } from '@gatehouse/server'
import type { PasswordConnector } from '../connectors/connector.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm } from '../http/form.ts'
import { sendPage } from '../http/respond.ts'
import type { CompleteLogin } from '../login/complete-login.ts'
import type { LoginJournal } from '../login/journal.ts'
import type { LoginThrottle } from '../login/throttle.ts'
import { passwordPage } from '../pages/password.ts'
import type { ConnectorForm, FoundLogin } from './connector-form.ts'
import { formLinks, type FormPlace } from './form-links.ts'

export interface PasswordFormOptions extends FormPlace {
  readonly throttle: LoginThrottle
  readonly completeLogin: CompleteLogin
  readonly journal: LoginJournal
  readonly logger: Logger
}

/** The form of a password connector. */
export function createPasswordForm(options: PasswordFormOptions): ConnectorForm<PasswordConnector> {
  const { throttle, completeLogin, journal, logger } = options

  const submit = async (exchange: Exchange, found: FoundLogin<PasswordConnector>) => {
    const { request, connector, browserSecret } = found
    const form = await readForm(exchange.request)
    const [login, password] = [form.get('login') ?? '', form.get('password') ?? '']
    const facts = { connectorID: connector.id, clientID: request.client.id, address: exchange.clientAddress }
    const attempt = throttle.attempt(`${connector.id}/${login}`, exchange.clientAddress)
    if (!attempt.allowed) {
      logger.warn(facts, 'login attempt refused: too many')
      journal.note(request.id, { event: 'throttled', connectorID: connector.id })
      const { retryAfterSeconds } = attempt
      exchange.response.setHeader('Retry-After', String(retryAfterSeconds))
      const error = `Too many attempts. Try again in ${retryAfterSeconds} seconds.`
      return sendForm(exchange, found, { status: 429, login, error })
    }
    const identity = await connector.login(login, password)
    if (!identity) {
      // Not the login: people type their password there.
      logger.info(facts, 'login failed')
      journal.note(request.id, { event: 'notAuthenticated', connectorID: connector.id })
      const error = `Invalid ${connector.prompt} and password.`
      return sendForm(exchange, found, { status: 401, login, error })
    }
    throttle.succeeded(`${connector.id}/${login}`, exchange.clientAddress)
    logger.info({ ...facts, userID: identity.userID, email: identity.email }, 'login successful')
    return completeLogin(exchange, request, browserSecret, identity)
  }

  const sendForm = (
    exchange: Exchange,
    { request, connector }: FoundLogin<PasswordConnector>,
    state: { status: number; login: string; error?: string },
  ) => {
    const body = passwordPage({
      ...formLinks(exchange, request, options),
      prompt: connector.prompt,
      login: state.login,
      error: state.error,
    })
    sendPage(exchange, { status: state.status, title: 'Log in', body, formTarget: request.redirectURI })
  }

  return { show: (exchange, found) => sendForm(exchange, found, { status: 200, login: '' }), submit }
}
