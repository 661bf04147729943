import * as openid from 'openid-client'
import { type Issuer, loginError } from './issuer.ts'
import { listenForRedirect } from './redirect-listener.ts'
import { type Tokens, tokensOf } from './tokens.ts'

/**
 * Logs in by the authorization code flow with PKCE S256, state and nonce (RFC 6749, 7636, 8252). `show` gets
 * the link that a browser has to open.
 *
 * @throws CredentialPluginError `ERR_LOGIN_FAILED`, `ERR_WRONG_PERSON`; the signal's reason
 */
export async function loginByBrowser(
  issuer: Issuer,
  { show, signal }: { show: (link: string) => Promise<void>; signal: AbortSignal },
): Promise<Tokens> {
  const { configuration, settings, scope } = issuer
  const verifier = openid.randomPKCECodeVerifier()
  const challenge = await openid.calculatePKCECodeChallenge(verifier)
  const [state, nonce] = [openid.randomState(), openid.randomNonce()]
  await using listener = await listenForRedirect({
    redirectUri: settings.redirectUri,
    state,
    signal,
    authorizationUrl: (redirectUri) =>
      openid.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...promptOf(settings.extraScopes),
        ...(settings.username === undefined ? {} : { login_hint: settings.username }),
      }),
  })
  await show(listener.startUrl)
  const callback = await listener.callback
  try {
    const checks = {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    }
    const answer = await openid.authorizationCodeGrant(configuration, callback.url, checks)
    const tokens = tokensOf(answer, settings)
    callback.show(200, 'You are logged in. You can close this page and go back to the terminal.')
    return tokens
  } catch (cause) {
    const error = loginError(cause, settings, signal)
    callback.show(400, error instanceof Error ? error.message : 'The login failed.')
    throw error
  }
}

/** Offline access is given with consent only (OpenID Connect Core 1.0, section 11). */
function promptOf(extraScopes: readonly string[]): { prompt?: string } {
  return extraScopes.includes('offline_access') ? { prompt: 'consent' } : {}
}
