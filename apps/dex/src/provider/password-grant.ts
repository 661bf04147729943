import type { Logger } from '@gatehouse/server'
import { errors, type Provider, type TokenEndpointGrantContext } from 'oidc-provider'
import { parseScopes, scopeProblem } from '../claims/scopes.ts'
import type { StaticClient } from '../config/static-clients.ts'
import type { PasswordConnector } from '../connectors/connector.ts'
import { type LoginJournal, noteTokenRequest } from '../login/journal.ts'
import type { LoginThrottle } from '../login/throttle.ts'
import { CLIENT_ADDRESS_HEADER } from './forward.ts'
import type { IssueTokens } from './own-grants.ts'

export interface PasswordGrantOptions {
  /** The one that `oauth2.passwordConnector` names. */
  readonly connector: PasswordConnector
  readonly clients: ReadonlyMap<string, StaticClient>
  readonly issueTokens: IssueTokens
  /** The one of the form: guesses here and there count together. */
  readonly throttle: LoginThrottle
  readonly journal: LoginJournal
  readonly logger: Logger
}

interface Parameters {
  readonly username?: string
  readonly password?: string
  readonly scope?: string
  readonly nonce?: string
}

/**
 * The grant type `password`: the client itself asks the user for name and password.
 *
 * @see RFC 6749 section 4.3; Dex, server/handlers.go, handlePasswordGrant
 */
export function registerPasswordGrant(provider: Provider, options: PasswordGrantOptions): void {
  const { connector, clients, issueTokens, throttle, journal, logger } = options

  const answer = async (ctx: TokenEndpointGrantContext<Parameters>) => {
    const { client, params } = ctx.oidc
    const { username = '', password = '' } = params
    const scopes = [...new Set(parseScopes(params.scope))]
    const problem = scopeProblem(scopes, client.clientId, clients)
    if (problem) throw new errors.InvalidRequest(problem)
    const address = ctx.get(CLIENT_ADDRESS_HEADER)
    const connectorID = connector.id
    const facts = { connectorID, clientID: client.clientId, address }
    const loginID = noteTokenRequest(journal, { clientID: client.clientId, connectorID, scopes })
    const account = `${connector.id}/${username}`
    const attempt = throttle.attempt(account, address)
    if (!attempt.allowed) {
      logger.warn(facts, 'login attempt refused: too many')
      journal.note(loginID, { event: 'throttled', connectorID })
      ctx.set('Retry-After', String(attempt.retryAfterSeconds))
      throw refusal(429, `Too many attempts. Try again in ${attempt.retryAfterSeconds} seconds.`)
    }
    const identity = await connector.login(username, password)
    if (!identity) {
      logger.info(facts, 'login failed')
      journal.note(loginID, { event: 'notAuthenticated', connectorID })
      throw refusal(401, 'Invalid username or password')
    }
    throttle.succeeded(account, address)
    logger.info({ ...facts, userID: identity.userID, email: identity.email }, 'login successful')
    const login = { connectorID, identity }
    await issueTokens(ctx, { login, scopes, nonce: params.nonce, loginID })
  }

  provider.registerGrantType('password', answer, ['username', 'password', 'scope', 'nonce'])
}

/** Dex's error for a wrong password is that of a user who said no. */
function refusal(status: 401 | 429, description: string): errors.OIDCProviderError {
  const error = new errors.AccessDenied(description)
  return Object.assign(error, { status, statusCode: status })
}
