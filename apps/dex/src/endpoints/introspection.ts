import type { Provider } from 'oidc-provider'
import { errors, type JWTPayload } from 'jose'
import { audienceOf } from '../claims/scopes.ts'
import { encodeSubject } from '../claims/subject.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm } from '../http/form.ts'
import { RequestError } from '../http/request-error.ts'
import { sendJson, sendOAuthError } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { LoadAccount, LoggedInAccount } from '../provider/accounts.ts'

export interface IntrospectionOptions {
  readonly provider: Provider
  readonly keyRing: KeyRing
  readonly issuer: string
  readonly findLogin: LoadAccount
}

/**
 * `/token/introspect`: what a token is. As in Dex, whoever has the token may ask; a token that is not good
 * (any more) is only `{"active": false}`.
 *
 * @see RFC 7662; Dex, server/introspectionhandler.go
 */
export function introspectionRoute(options: IntrospectionOptions): Route {
  const { provider, keyRing, issuer, findLogin } = options

  const introspect = async (exchange: Exchange) => {
    const token = await readToken(exchange)
    if (token === undefined) return
    exchange.response.setHeader('Pragma', 'no-cache')
    const isJWT = token.split('.').length === 3
    sendJson(exchange, 200, (isJWT ? await ofJWT(token) : await ofRefreshToken(token)) ?? { active: false })
  }

  const ofJWT = async (token: string) => {
    try {
      return accessToken(await keyRing.verify(token, issuer))
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined
      throw error
    }
  }

  const ofRefreshToken = async (token: string) => {
    const found = await provider.RefreshToken.find(token)
    if (!found?.isValid || !found.grantId || !found.clientId) return undefined
    // The connector is not asked: a look at a token must change nothing.
    const { accountId, grantId, clientId: clientID, iiat, exp, scopes } = found
    const account = await findLogin(accountId, { kind: 'Introspection', grantId })
    if (!account) return undefined
    const { connectorID, identity } = (account as LoggedInAccount).login
    return {
      active: true,
      client_id: clientID,
      sub: encodeSubject(identity.userID, connectorID),
      exp,
      iat: iiat,
      nbf: iiat,
      username: identity.preferredUsername || undefined,
      aud: audienceOf([...scopes], clientID).aud,
      iss: issuer,
      token_type: 'Bearer',
      token_use: 'refresh_token',
      ext: {
        email: identity.email,
        email_verified: identity.emailVerified,
        groups: identity.groups.length > 0 ? identity.groups : undefined,
        name: identity.username,
        preferred_username: identity.preferredUsername || undefined,
      },
    }
  }

  const refuse = async (exchange: Exchange) => {
    sendOAuthError(exchange, 400, 'invalid_request', 'HTTP method is "GET", expected "POST".')
  }

  return { name: 'introspect', path: '/token/introspect', methods: { POST: introspect, GET: refuse } }
}

/** The token of the form; where there is none, the answer is an error and undefined is returned. */
async function readToken(exchange: Exchange): Promise<string | undefined> {
  const form = await readForm(exchange.request).catch((error: unknown) => {
    if (error instanceof RequestError) return error
    throw error
  })
  if (form instanceof RequestError) {
    sendOAuthError(exchange, form.status, 'invalid_request', form.message)
    return undefined
  }
  const token = form.get('token')
  if (token !== null) return token
  const problem =
    form.size === 0 ? 'The POST body can not be empty.' : "The POST body doesn't contain 'token' parameter."
  sendOAuthError(exchange, 400, 'invalid_request', problem)
  return undefined
}

/** An access token says all of itself. */
function accessToken({ azp, aud, sub, exp, iat, iss, ...claims }: JWTPayload) {
  const names = ['email', 'email_verified', 'groups', 'name', 'preferred_username', 'federated_claims']
  const told = names.filter((name) => claims[name] !== undefined).map((name) => [name, claims[name]])
  return {
    active: true,
    client_id: azp ?? (Array.isArray(aud) ? aud[0] : aud),
    sub,
    exp,
    iat,
    nbf: iat,
    username: claims['preferred_username'],
    aud,
    iss,
    token_type: 'Bearer',
    token_use: 'access_token',
    ext: { ...(azp === undefined ? {} : { azp }), ...Object.fromEntries(told) },
  }
}
