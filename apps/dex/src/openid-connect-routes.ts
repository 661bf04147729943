import type { Logger } from '@gatehouse/server'
import type { DexConfig } from './config/dex-config.ts'
import { availableGrantTypes } from './config/oauth2.ts'
import type { Connector } from './connectors/connector.ts'
import type { Users } from './connectors/users.ts'
import { createDeviceRequests } from './device/device-requests.ts'
import { approvalRoute } from './endpoints/approval.ts'
import { authorizationRoute } from './endpoints/authorization.ts'
import { callbackRoutes } from './endpoints/callback.ts'
import { connectorFormRoute } from './endpoints/connector-form.ts'
import { connectorLoginRoute } from './endpoints/connector-login.ts'
import { deviceCallbackRoute } from './endpoints/device-callback.ts'
import { deviceCodeRoute } from './endpoints/device-code.ts'
import { deviceRoutes } from './endpoints/device.ts'
import { discoveryRoute } from './endpoints/discovery.ts'
import { introspectionRoute } from './endpoints/introspection.ts'
import { keysRoute } from './endpoints/keys.ts'
import { logoutRoute } from './endpoints/logout.ts'
import { createPasswordForm } from './endpoints/password-form.ts'
import { createPersonaForm } from './endpoints/persona-form.ts'
import { tokenRoute } from './endpoints/token.ts'
import { userTileRoutes } from './endpoints/user-tiles.ts'
import { userinfoRoute } from './endpoints/userinfo.ts'
import type { Route } from './http/routes.ts'
import type { KeyRing } from './keys/key-ring.ts'
import { createAuthorizationRequests } from './login/authorization-requests.ts'
import { createCompleteLogin } from './login/complete-login.ts'
import { noJournal } from './login/journal.ts'
import { createLoginURL } from './login/login-url.ts'
import { noteDecisions, noteProtocol } from './login/note-logins.ts'
import { createLoginThrottle } from './login/throttle.ts'
import { createLoadAccount } from './provider/accounts.ts'
import { createProvider } from './provider/create-provider.ts'
import { registerDeviceGrant } from './provider/device-grant.ts'
import { createForward } from './provider/forward.ts'
import { createMint } from './provider/mint.ts'
import { createIssueTokens } from './provider/own-grants.ts'
import { registerPasswordGrant } from './provider/password-grant.ts'
import { createSaveGrant } from './provider/save-grant.ts'
import type { Storage } from './storage/storage.ts'
import type { TestPowers } from './test-powers/test-powers.ts'
import type { IssuerClock } from './time/clock.ts'

export interface OpenIDConnectParts {
  readonly storage: Storage
  readonly clock: IssuerClock
  readonly keyRing: KeyRing
  readonly users: Users
  readonly connectors: ReadonlyMap<string, Connector>
  readonly testPowers: TestPowers | undefined
  readonly logger: Logger
}

/** The endpoints in the order in which a login meets them. */
export function openIDConnectRoutes(config: DexConfig, parts: OpenIDConnectParts): Route[] {
  const { storage, clock, keyRing, users, connectors, testPowers, logger } = parts
  const { issuer, expiry, oauth2 } = config
  const grantTypes = availableGrantTypes(oauth2)
  const { journal = noJournal, userTiles } = testPowers ?? {}
  const clients = new Map(config.staticClients.map((client) => [client.id, client]))
  const loadAccount = createLoadAccount(storage, connectors)
  const mint = createMint({ issuer, lifetime: expiry.idTokens, keyRing, clock })
  const provider = createProvider({
    config,
    clients,
    storage,
    clock,
    loadAccount,
    mint,
    loginURL: createLoginURL(issuer),
    logger,
  })
  const forward = createForward(provider)
  if (testPowers) noteProtocol(provider, journal)
  const saveGrant = createSaveGrant({ provider, storage, clock, expiry })
  const requests = noteDecisions(
    createAuthorizationRequests({ clients, saveGrant, provider, forward }),
    journal,
  )
  const completeLogin = createCompleteLogin(requests, oauth2)
  const throttle = createLoginThrottle()
  const issueTokens = createIssueTokens({ provider, mint, saveGrant, journal })
  const passwordConnector = connectors.get(oauth2.passwordConnector ?? '')
  if (passwordConnector?.kind === 'password') {
    registerPasswordGrant(provider, {
      connector: passwordConnector,
      clients,
      issueTokens,
      throttle,
      journal,
      logger,
    })
  }
  const upstreamIssuers = config.connectors.flatMap((connector) => {
    return connector.type === 'oidc' ? [connector.config.issuer] : []
  })
  const deviceRequests = createDeviceRequests({ storage, clock, lifetime: expiry.deviceRequests })
  registerDeviceGrant(provider, { deviceRequests, issueTokens, journal })
  return [
    discoveryRoute(config),
    keysRoute(keyRing),
    authorizationRoute({ connectors, clients, users, userTiles, ...oauth2 }),
    connectorLoginRoute(connectors, forward, userTiles),
    connectorFormRoute({
      connectors,
      requests,
      password: createPasswordForm({ connectors, throttle, completeLogin, journal, logger }),
      persona: createPersonaForm({ connectors, completeLogin, logger }),
      journal,
      logger,
    }),
    ...callbackRoutes({ connectors, requests, completeLogin, journal, logger }),
    ...(userTiles ? userTileRoutes({ userTiles, users, requests, completeLogin, logger }) : []),
    approvalRoute(requests),
    tokenRoute(clients, grantTypes, forward),
    introspectionRoute({ provider, keyRing, issuer, findLogin: loadAccount }),
    userinfoRoute(keyRing, issuer),
    deviceCodeRoute({ issuer, clients, deviceRequests, grantTypes }),
    ...deviceRoutes({ deviceRequests, throttle, upstreamIssuers, logger }),
    deviceCallbackRoute({ provider, storage, clients, deviceRequests, logger }),
    logoutRoute({ config, clients, keyRing, storage, clock }),
  ]
}
