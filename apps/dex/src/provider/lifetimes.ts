import type { Configuration } from 'oidc-provider'
import type { ExpirySettings } from '../config/expiry.ts'

/** Seconds that a code is good for, as in Dex. */
const CODE_LIFETIME = 30 * 60
/** Dex's refresh tokens don't expire by themselves; oidc-provider needs a number. Ten years, in seconds. */
const NO_END = 10 * 365 * 24 * 3600

/** The lifetimes of what oidc-provider keeps, in seconds. */
export function lifetimes(expiry: ExpirySettings): NonNullable<Configuration['ttl']> {
  return {
    AccessToken: expiry.idTokens,
    IdToken: expiry.idTokens,
    AuthorizationCode: CODE_LIFETIME,
    Interaction: expiry.authRequests,
    // Never written down.
    Session: CODE_LIFETIME,
    Grant: grantLifetime(expiry, true),
    RefreshToken: (_, token) => refreshTokenLifetime(expiry, token, nowInSeconds()),
  }
}

/** How long a login is remembered: as long as a refresh token could live, or as its code, in seconds. */
export function grantLifetime(expiry: ExpirySettings, offline: boolean): number {
  // The code must not be the last to find its grant gone.
  return offline ? (expiry.refreshTokens.absoluteLifetime ?? NO_END) + CODE_LIFETIME : 2 * CODE_LIFETIME
}

/**
 * Seconds until a refresh token that is used or made at `now` expires: `validIfNotUsedFor`, and never
 * beyond `absoluteLifetime` after the login, however often it is rotated. Pure.
 */
export function refreshTokenLifetime(
  { refreshTokens }: ExpirySettings,
  token: { readonly iiat?: number | undefined },
  now: number,
): number {
  const { absoluteLifetime = NO_END, validIfNotUsedFor = NO_END } = refreshTokens
  const age = now - (token.iiat ?? now)
  return Math.max(1, Math.min(validIfNotUsedFor, absoluteLifetime - age))
}

/** The real time, which oidc-provider goes by; the adapter translates it to the issuer's and back. */
export function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
