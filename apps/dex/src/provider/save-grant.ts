import type { Provider } from 'oidc-provider'
import { encodeSubject } from '../claims/subject.ts'
import type { ExpirySettings } from '../config/expiry.ts'
import { rememberMember } from '../login/sessions.ts'
import type { Storage } from '../storage/storage.ts'
import type { IssuerClock } from '../time/clock.ts'
import { type Login, rememberLogin } from './accounts.ts'
import { grantLifetime, nowInSeconds } from './lifetimes.ts'

export interface GrantedLogin {
  readonly clientID: string
  readonly login: Login
  readonly scopes: readonly string[]
}

/** Writes down what a user let a client have, and returns the id of it. */
export type SaveGrant = (granted: GrantedLogin) => Promise<string>

export function createSaveGrant(options: {
  readonly provider: Provider
  readonly storage: Storage
  readonly clock: IssuerClock
  readonly expiry: ExpirySettings
}): SaveGrant {
  const { provider, storage, clock, expiry } = options
  return async ({ clientID, login, scopes }) => {
    const accountId = encodeSubject(login.identity.userID, login.connectorID)
    const grant = new provider.Grant({ accountId, clientId: clientID })
    grant.addOIDCScope(scopes.join(' '))
    const lifetime = grantLifetime(expiry, scopes.includes('offline_access'))
    grant.exp = nowInSeconds() + lifetime
    const grantId = await grant.save()
    const expiresAt = clock.seconds() + lifetime
    await rememberLogin(storage, grantId, login, expiresAt)
    if (login.browser !== undefined) {
      await rememberMember(storage, { browser: login.browser, clientID, subject: accountId }, expiresAt)
    }
    return grantId
  }
}
