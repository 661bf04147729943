import { createRegistry, type Logger, type RunningService, startOperations } from '@gatehouse/server'
import type { DexConfig } from './config/dex-config.ts'
import type { Connector } from './connectors/connector.ts'
import { openConnectors } from './connectors/open-connectors.ts'
import { approvalRoute } from './endpoints/approval.ts'
import { authorizationRoute } from './endpoints/authorization.ts'
import { callbackRoutes } from './endpoints/callback.ts'
import { connectorLoginRoute } from './endpoints/connector-login.ts'
import { discoveryRoute } from './endpoints/discovery.ts'
import { healthRoute } from './endpoints/health.ts'
import { keysRoute } from './endpoints/keys.ts'
import { passwordLoginRoute } from './endpoints/password-login.ts'
import { stylesheetRoute } from './endpoints/stylesheet.ts'
import { tokenRoute } from './endpoints/token.ts'
import { userinfoRoute } from './endpoints/userinfo.ts'
import { createDispatch } from './http/dispatch.ts'
import { startListeners } from './http/listeners.ts'
import { createRequestMetrics } from './http/request-metrics.ts'
import type { Route } from './http/routes.ts'
import { type KeyRing, openKeyRing } from './keys/key-ring.ts'
import { createAuthorizationRequests } from './login/authorization-requests.ts'
import { createCompleteLogin } from './login/complete-login.ts'
import { createLoginURL } from './login/login-url.ts'
import { createLoginThrottle } from './login/throttle.ts'
import { createLoadAccount } from './provider/accounts.ts'
import { createMint } from './provider/mint.ts'
import { createProvider } from './provider/create-provider.ts'
import { createForward } from './provider/forward.ts'
import { collectGarbageOf } from './storage/garbage.ts'
import { openStorage } from './storage/open-storage.ts'
import type { Storage } from './storage/storage.ts'

/**
 * Starts the mock Dex and resolves once it answers.
 *
 * @throws ServerError, ConfigurationError, DexError; nothing is left running then
 */
export async function startDex(config: DexConfig, { logger }: { logger: Logger }): Promise<RunningService> {
  logger.level = config.logger.level
  await using started = new AsyncDisposableStack()
  const storage = started.use(await openStorage(config.storage))
  started.use(collectGarbageOf(storage, logger))
  const keyRing = started.use(await openKeyRing(storage, config.expiry, logger))
  const connectors = openConnectors(config)
  const isHealthy = async () => (await storage.get('health', 'probe')) === undefined

  const registry = createRegistry()
  const { http: telemetry } = config.telemetry
  const operations = telemetry
    ? started.use(await startOperations({ ...telemetry, checks: { storage: isHealthy }, registry, logger }))
    : undefined

  const handle = createDispatch({
    issuer: new URL(config.issuer),
    web: config.web,
    routes: [
      healthRoute(isHealthy),
      await stylesheetRoute(),
      ...openIDConnectRoutes(config, { storage, keyRing, connectors, logger }),
    ],
    metrics: createRequestMetrics(registry),
    logger,
  })
  const listeners = started.use(await startListeners(config.web, handle, logger))
  const running = started.move()
  return {
    urls: { ...listeners.urls, ...(operations ? { telemetry: operations.url } : {}) },
    async drain() {
      operations?.setDraining()
      await running.disposeAsync()
    },
  }
}

interface Parts {
  readonly storage: Storage
  readonly keyRing: KeyRing
  readonly connectors: ReadonlyMap<string, Connector>
  readonly logger: Logger
}

/** The endpoints in the order in which a login meets them. */
function openIDConnectRoutes(config: DexConfig, { storage, keyRing, connectors, logger }: Parts): Route[] {
  const clients = new Map(config.staticClients.map((client) => [client.id, client]))
  const provider = createProvider({
    config,
    clients,
    storage,
    loadAccount: createLoadAccount(storage, connectors),
    mint: createMint({ issuer: config.issuer, lifetime: config.expiry.idTokens, keyRing }),
    loginURL: createLoginURL(config.issuer, connectors),
    logger,
  })
  const forward = createForward(provider)
  const requests = createAuthorizationRequests({ config, clients, storage, provider, forward })
  const completeLogin = createCompleteLogin(requests, config.oauth2)
  const throttle = createLoginThrottle()
  return [
    discoveryRoute(config),
    keysRoute(keyRing),
    authorizationRoute({ connectors, ...config.oauth2 }),
    connectorLoginRoute(connectors, forward),
    passwordLoginRoute({ connectors, requests, throttle, completeLogin, logger }),
    ...callbackRoutes({ connectors, requests, completeLogin, logger }),
    approvalRoute(requests),
    tokenRoute(clients, forward),
    userinfoRoute(keyRing, config.issuer),
  ]
}
