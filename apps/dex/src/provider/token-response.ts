import type { KoaContextWithOIDC, RefreshToken } from 'oidc-provider'
import { DEVICE_CODE_GRANT } from '../config/oauth2.ts'
import type { ExpirySettings } from '../config/expiry.ts'
import type { Storage } from '../storage/storage.ts'
import type { IssuerClock } from '../time/clock.ts'
import type { LoggedInAccount, Login } from './accounts.ts'
import { nowInSeconds, refreshTokenLifetime } from './lifetimes.ts'

/** What tokens are asked for, after everything was checked. */
export interface MintRequest {
  readonly clientID: string
  readonly login: Login
  readonly scopes: readonly string[]
  readonly nonce: string | undefined
  /** The code that the tokens stand beside, where they do. */
  readonly code?: string
}

/** The tokens of a response; `expiresIn` is seconds. */
export interface MintedTokens {
  readonly accessToken: string
  readonly idToken: string
  readonly expiresIn: number
}

/** The grant types whose answers are ours from the beginning (own-grants.ts). */
const OWN_GRANTS: ReadonlySet<unknown> = new Set(['password', DEVICE_CODE_GRANT])

export type MintTokens = (request: MintRequest) => Promise<MintedTokens>

/**
 * Makes oidc-provider's token response Dex's: our access and ID tokens, `token_type: bearer`, no `scope`.
 */
export function mintTokens(mint: MintTokens, storage: Storage, expiry: ExpirySettings, clock: IssuerClock) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next()
    const answer = ctx.body as { refresh_token?: string; id_token?: string } | undefined
    if (ctx.oidc?.route !== 'token' || ctx.status !== 200 || !answer) return
    const { client, account, entities, params } = ctx.oidc
    if (OWN_GRANTS.has(params?.['grant_type'])) return
    const source = entities.AuthorizationCode ?? entities.RefreshToken
    if (!client || !account || !source || !entities.AccessToken) throw new Error('a token has no source')
    const minted = await mint({
      clientID: client.clientId,
      login: (account as LoggedInAccount).login,
      scopes: [...entities.AccessToken.scopes],
      nonce: source.nonce,
      ...(entities.AuthorizationCode ? { code: String(params?.['code']) } : {}),
    })
    if (!entities.AuthorizationCode && !entities.RotatedRefreshToken && entities.RefreshToken) {
      await prolong(entities.RefreshToken, storage, expiry, clock)
    }
    ctx.body = tokenResponse(minted, answer.refresh_token)
  }
}

/**
 * What `/token` answers.
 *
 * @see Dex, server/handlers.go, accessTokenResponse
 */
export function tokenResponse(minted: MintedTokens, refreshToken: string | undefined) {
  return {
    access_token: minted.accessToken,
    token_type: 'bearer',
    expires_in: minted.expiresIn,
    refresh_token: refreshToken,
    id_token: minted.idToken,
  }
}

/** Without rotation, a refresh token that was used lives on for `validIfNotUsedFor`. */
async function prolong(
  token: RefreshToken,
  storage: Storage,
  expiry: ExpirySettings,
  clock: IssuerClock,
): Promise<void> {
  const entry = await storage.get<{ exp?: number }>('RefreshToken', token.jti)
  if (!entry) return
  // The token is in oidc-provider's time, what is stored in the issuer's.
  const exp = clock.seconds() + refreshTokenLifetime(expiry, token, nowInSeconds())
  await storage.put('RefreshToken', token.jti, { ...entry, value: { ...entry.value, exp }, expiresAt: exp })
}
