import type { TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client'
import { CredentialPluginError } from './errors.ts'
import type { LoginSettings } from './settings.ts'

/** What a login gave. */
export interface Tokens {
  readonly idToken: string
  /** When the ID token ends, in seconds since the epoch. */
  readonly expiresAt: number
  /** Who it is about, by the issuer's own name for the person (`sub`). */
  readonly subject: string
  readonly refreshToken?: string | undefined
}

/** A token that ends sooner could end on its way to the API server. */
const MARGIN_SECONDS = 10

/** Whether the ID token is good for at least one more request. Pure. */
export function isFresh({ expiresAt }: Tokens, nowMs: number): boolean {
  return expiresAt - MARGIN_SECONDS > nowMs / 1000
}

/**
 * The tokens in an answer of the token endpoint, whose ID token openid-client has checked.
 *
 * @throws CredentialPluginError `ERR_LOGIN_FAILED` without an ID token, `ERR_WRONG_PERSON` when it is about somebody else than wanted
 */
export function tokensOf(
  answer: TokenEndpointResponse & TokenEndpointResponseHelpers,
  { issuer, username, usernameClaim }: LoginSettings,
): Tokens {
  const claims = answer.claims()
  if (answer.id_token === undefined || claims === undefined) {
    throw new CredentialPluginError('ERR_LOGIN_FAILED', `${issuer} sent no ID token`)
  }
  const person = claims[usernameClaim]
  if (username !== undefined && person !== username) {
    const found = typeof person === 'string' ? `"${person}"` : `somebody without the claim "${usernameClaim}"`
    throw new CredentialPluginError(
      'ERR_WRONG_PERSON',
      `the login was by ${found}, but this kubeconfig is for "${username}"; log out at ${issuer} in your browser, or use a kubeconfig of your own`,
    )
  }
  return {
    idToken: answer.id_token,
    expiresAt: claims.exp,
    subject: claims.sub,
    refreshToken: answer.refresh_token,
  }
}
