import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider'
import { parseScopes } from '../claims/scopes.ts'
import type { AuthorizationRequests } from './authorization-requests.ts'
import type { LoginJournal } from './journal.ts'

/** The requests, with what becomes of them in the journal. */
export function noteDecisions(requests: AuthorizationRequests, journal: LoginJournal): AuthorizationRequests {
  return {
    ...requests,
    authenticated(request, login) {
      const { userID, email, groups } = login.identity
      const { connectorID } = login
      journal.note(request.id, { event: 'authenticated', connectorID, userID, email, groups: [...groups] })
      return requests.authenticated(request, login)
    },
    approve(exchange, request) {
      journal.note(request.id, { event: 'approved' })
      return requests.approve(exchange, request)
    },
    deny(exchange, request, why) {
      journal.note(request.id, { event: 'denied', reason: why })
      return requests.deny(exchange, request, why)
    },
  }
}

/** Takes down what only oidc-provider sees: requests that were found good, and what codes became. */
export function noteProtocol(provider: Provider, journal: LoginJournal): void {
  provider.on('interaction.started', (ctx) => {
    const { uid, params } = ctx.oidc.entities.Interaction ?? {}
    if (uid === undefined || !params) return
    journal.requested(uid, {
      clientID: String(params['client_id']),
      connectorID: String(params['connector_id']),
      redirectURI: String(params['redirect_uri']),
      scopes: parseScopes(String(params['scope'])),
    })
  })
  provider.on('authorization.success', (ctx) => {
    const { Interaction, Grant } = ctx.oidc.entities
    if (Interaction && Grant) journal.granted(Interaction.uid, Grant.jti)
  })
  provider.on('grant.success', (ctx) => {
    const grantID = grantOf(ctx)
    if (grantID) journal.noteOfGrant(grantID, { event: 'tokensIssued', ...grantTypeOf(ctx) })
  })
  const issued = ({ jti, grantId }: { jti: string; grantId?: string | undefined }) => {
    if (grantId !== undefined) journal.issued(jti, grantId)
  }
  provider.on('authorization_code.saved', issued)
  provider.on('refresh_token.saved', issued)
  provider.on('grant.error', (ctx, error) => {
    // What is refused is known by what the client has sent only.
    const sent = ctx.oidc.params?.['code'] ?? ctx.oidc.params?.['refresh_token']
    if (typeof sent !== 'string') return
    const detail = error instanceof errors.OIDCProviderError ? error.error_detail : undefined
    const reason = detail ? `${error.message}: ${detail}` : error.message
    journal.noteOfGrant(sent, { event: 'tokensRefused', ...grantTypeOf(ctx), reason })
  })
}

function grantOf({ oidc }: KoaContextWithOIDC): string | undefined {
  const { AuthorizationCode, RefreshToken, DeviceCode } = oidc.entities
  return (AuthorizationCode ?? RefreshToken ?? DeviceCode)?.grantId
}

function grantTypeOf({ oidc }: KoaContextWithOIDC) {
  const grantType = oidc.params?.['grant_type']
  return typeof grantType === 'string' ? { grantType } : {}
}
