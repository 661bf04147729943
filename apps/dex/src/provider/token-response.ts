import type { KoaContextWithOIDC, RefreshToken } from 'oidc-provider'
import type { ExpirySettings } from '../config/expiry.ts'
import type { Storage } from '../storage/storage.ts'
import type { LoggedInAccount } from './accounts.ts'
import { nowInSeconds, refreshTokenLifetime } from './lifetimes.ts'

/** What tokens are asked for, after everything was checked. */
export interface MintRequest {
  readonly clientID: string
  readonly account: LoggedInAccount
  readonly scopes: readonly string[]
  readonly nonce: string | undefined
}

/** The tokens of a response; `expiresIn` is seconds. */
export interface MintedTokens {
  readonly accessToken: string
  readonly idToken: string
  readonly expiresIn: number
}

export type MintTokens = (request: MintRequest) => Promise<MintedTokens>

/**
 * Makes oidc-provider's token response Dex's: our access and ID tokens, `token_type: bearer`, no `scope`.
 *
 * @see Dex, server/handlers.go, accessTokenResponse
 */
export function mintTokens(mint: MintTokens, storage: Storage, expiry: ExpirySettings) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next()
    const answer = ctx.body as { refresh_token?: string; id_token?: string } | undefined
    if (ctx.oidc?.route !== 'token' || ctx.status !== 200 || !answer) return
    const { client, account, entities } = ctx.oidc
    const source = entities.AuthorizationCode ?? entities.RefreshToken
    if (!client || !account || !source || !entities.AccessToken) throw new Error('a token has no source')
    const { accessToken, idToken, expiresIn } = await mint({
      clientID: client.clientId,
      account: account as LoggedInAccount,
      scopes: [...entities.AccessToken.scopes],
      nonce: source.nonce,
    })
    if (!entities.AuthorizationCode && !entities.RotatedRefreshToken && entities.RefreshToken) {
      await prolong(entities.RefreshToken, storage, expiry)
    }
    ctx.body = {
      access_token: accessToken,
      token_type: 'bearer',
      expires_in: expiresIn,
      refresh_token: answer.refresh_token,
      id_token: idToken,
    }
  }
}

/** Without rotation, a refresh token that was used lives on for `validIfNotUsedFor`. */
async function prolong(token: RefreshToken, storage: Storage, expiry: ExpirySettings): Promise<void> {
  const entry = await storage.get<{ exp?: number }>('RefreshToken', token.jti)
  if (!entry) return
  const exp = nowInSeconds() + refreshTokenLifetime(expiry, token, nowInSeconds())
  await storage.put('RefreshToken', token.jti, { ...entry, value: { ...entry.value, exp }, expiresAt: exp })
}
