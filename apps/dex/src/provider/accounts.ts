import type { Account } from 'oidc-provider'
import type { Identity } from '../claims/identity.ts'
import type { Connector } from '../connectors/connector.ts'
import type { Storage } from '../storage/storage.ts'
import { hasLoggedOut } from '../login/sessions.ts'
import { IDENTITY_KIND } from './adapter.ts'

/** Who logged in, and by which connector; kept under the id of the grant. */
export interface Login {
  readonly connectorID: string
  readonly identity: Identity
  /** Fingerprint of the browser, which may log out; a password grant has none. */
  readonly browser?: string
}

/** An account of oidc-provider with what our tokens are made of. */
export interface LoggedInAccount extends Account {
  readonly login: Login
}

export type LoadAccount = (
  accountId: string,
  token: { readonly kind: string; readonly grantId?: string | undefined } | undefined,
) => Promise<Account | undefined>

/** Keeps who logged in for as long as tokens may be made of it. */
export async function rememberLogin(
  storage: Storage,
  grantId: string,
  login: Login,
  expiresAt: number,
): Promise<void> {
  await storage.put(IDENTITY_KIND, grantId, { value: login, expiresAt, grantId })
}

/**
 * Finds the account of a code or a refresh token. A refresh token asks the connector again, so that changed
 * groups show and a user who is gone gets nothing.
 */
export function createLoadAccount(storage: Storage, connectors: ReadonlyMap<string, Connector>): LoadAccount {
  return async (accountId, token) => {
    const account = { accountId, claims: () => ({ sub: accountId }) }
    // Between the login and the code there is no grant to ask.
    if (token?.grantId === undefined) return account
    const entry = await storage.get<Login>(IDENTITY_KIND, token.grantId)
    const login = entry?.value
    const connector = login && connectors.get(login.connectorID)
    if (!connector || (await hasLoggedOut(storage, login))) return undefined
    if (token.kind !== 'RefreshToken') return { ...account, login }
    const identity = await connector.refresh(login.identity)
    if (!identity) return undefined
    const fresh = { ...login, identity }
    if (identity.connectorData !== login.identity.connectorData) {
      await storage.put(IDENTITY_KIND, token.grantId, { ...entry, value: fresh })
    }
    return { ...account, login: fresh }
  }
}
