import type { Provider, TokenEndpointGrantContext } from 'oidc-provider'
import { encodeSubject } from '../claims/subject.ts'
import type { Login } from './accounts.ts'
import type { SaveGrant } from './save-grant.ts'
import { type MintTokens, tokenResponse } from './token-response.ts'

export interface IssueRequest {
  readonly login: Login
  readonly scopes: readonly string[]
  readonly nonce: string | undefined
}

/** Answers a token request of one of our own grant types with tokens. */
export type IssueTokens = (ctx: TokenEndpointGrantContext, request: IssueRequest) => Promise<void>

export function createIssueTokens(options: {
  readonly provider: Provider
  readonly mint: MintTokens
  readonly saveGrant: SaveGrant
}): IssueTokens {
  const { provider, mint, saveGrant } = options

  const issueRefreshToken = async (
    ctx: TokenEndpointGrantContext,
    { login, scopes, nonce }: IssueRequest,
  ) => {
    const { client, params } = ctx.oidc
    const refreshToken = new provider.RefreshToken({
      client,
      accountId: encodeSubject(login.identity.userID, login.connectorID),
      grantId: await saveGrant({ clientID: client.clientId, login, scopes }),
      gty: params.grant_type,
      scope: scopes.join(' '),
      nonce,
    })
    return refreshToken.save()
  }

  return async (ctx, request) => {
    const { client } = ctx.oidc
    const { login, scopes, nonce } = request
    const isOffline = scopes.includes('offline_access') && client.grantTypeAllowed('refresh_token')
    const minted = await mint({ clientID: client.clientId, login, scopes, nonce })
    ctx.body = tokenResponse(minted, isOffline ? await issueRefreshToken(ctx, request) : undefined)
  }
}
