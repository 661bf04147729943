import { UserManager, WebStorageStateStore } from 'oidc-client-ts'
import type { PageConfiguration } from '../page-configuration.ts'
import { SIGNED_IN_PATH, SIGNED_OUT_PATH } from './paths.ts'

/**
 * The OpenID Connect client: authorization code with PKCE. Everything it keeps, the state of a login under way
 * included, is in this tab's sessionStorage; its own default would be localStorage.
 */
export function createUserManager({ issuer, clientId, scopes }: PageConfiguration): UserManager {
  const store = () => new WebStorageStateStore({ prefix: 'gatehouse.', store: sessionStorage })
  return new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: `${location.origin}${SIGNED_IN_PATH}`,
    post_logout_redirect_uri: `${location.origin}${SIGNED_OUT_PATH}`,
    scope: scopes.join(' '),
    response_type: 'code',
    userStore: store(),
    stateStore: store(),
    // The session does it, since what counts here is the ID token's life. Hidden frames are nothing for Dex.
    automaticSilentRenew: false,
    monitorSession: false,
    loadUserInfo: false,
    requestTimeoutInSeconds: 15,
  })
}
