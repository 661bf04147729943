import * as openid from 'openid-client'
import { type Issuer, loginError } from './issuer.ts'
import { type Tokens, tokensOf } from './tokens.ts'

/**
 * New tokens for a login that was (RFC 6749 section 6, OpenID Connect Core 1.0 section 12); undefined where
 * the issuer wants the person to log in again.
 *
 * @throws CredentialPluginError `ERR_LOGIN_FAILED`, `ERR_WRONG_PERSON`; the signal's reason
 */
export async function refresh(
  { configuration, settings }: Issuer,
  { refreshToken, subject }: Tokens,
  signal: AbortSignal,
): Promise<Tokens | undefined> {
  if (refreshToken === undefined) return undefined
  try {
    const answer = await openid.refreshTokenGrant(configuration, refreshToken)
    // An issuer need not send an ID token here, and one of another person would be its mistake.
    if (answer.claims()?.sub !== subject) return undefined
    const tokens = tokensOf(answer, settings)
    return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken }
  } catch (cause) {
    if (cause instanceof openid.ResponseBodyError && cause.error === 'invalid_grant') return undefined
    throw loginError(cause, settings, signal)
  }
}
