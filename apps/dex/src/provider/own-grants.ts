import type { Provider, TokenEndpointGrantContext } from 'oidc-provider'
import { encodeSubject } from '../claims/subject.ts'
import type { LoginJournal } from '../login/journal.ts'
import type { Login } from './accounts.ts'
import type { SaveGrant } from './save-grant.ts'
import { type MintTokens, tokenResponse } from './token-response.ts'

export interface IssueRequest {
  readonly login: Login
  readonly scopes: readonly string[]
  readonly nonce: string | undefined
  /** Under which the journal has the login. */
  readonly loginID: string
}

/** Answers a token request of one of our own grant types with tokens. */
export type IssueTokens = (ctx: TokenEndpointGrantContext, request: IssueRequest) => Promise<void>

export function createIssueTokens(options: {
  readonly provider: Provider
  readonly mint: MintTokens
  readonly saveGrant: SaveGrant
  readonly journal: LoginJournal
}): IssueTokens {
  const { provider, mint, saveGrant, journal } = options

  const issueRefreshToken = async (
    ctx: TokenEndpointGrantContext,
    { login, scopes, nonce, loginID }: IssueRequest,
  ) => {
    const { client, params } = ctx.oidc
    const grantId = await saveGrant({ clientID: client.clientId, login, scopes })
    journal.granted(loginID, grantId)
    const refreshToken = new provider.RefreshToken({
      client,
      accountId: encodeSubject(login.identity.userID, login.connectorID),
      grantId,
      gty: params.grant_type,
      scope: scopes.join(' '),
      nonce,
    })
    return refreshToken.save()
  }

  return async (ctx, request) => {
    const { client, params } = ctx.oidc
    const { login, scopes, nonce, loginID } = request
    const { userID, email, groups } = login.identity
    const { connectorID } = login
    journal.note(loginID, { event: 'authenticated', connectorID, userID, email, groups: [...groups] })
    const isOffline = scopes.includes('offline_access') && client.grantTypeAllowed('refresh_token')
    const minted = await mint({ clientID: client.clientId, login, scopes, nonce })
    ctx.body = tokenResponse(minted, isOffline ? await issueRefreshToken(ctx, request) : undefined)
    journal.note(loginID, { event: 'tokensIssued', grantType: params.grant_type })
  }
}
