import { createRegistry, type Logger, type RunningService, startOperations } from '@gatehouse/server'
import type { DexConfig } from './config/dex-config.ts'
import { configWarnings } from './config/warnings.ts'
import { openConnectors } from './connectors/open-connectors.ts'
import { createUsers } from './connectors/users.ts'
import { healthRoute } from './endpoints/health.ts'
import { stylesheetRoute } from './endpoints/stylesheet.ts'
import { createDispatch } from './http/dispatch.ts'
import { startListeners } from './http/listeners.ts'
import { createRequestMetrics } from './http/request-metrics.ts'
import { openKeyRing } from './keys/key-ring.ts'
import { collectGarbageOf } from './storage/garbage.ts'
import { openStorage } from './storage/open-storage.ts'
import { createTestPowers } from './test-powers/test-powers.ts'
import { createIssuerClock } from './time/clock.ts'
import { openIDConnectRoutes } from './openid-connect-routes.ts'

/**
 * Starts the mock Dex and resolves once it answers.
 *
 * @throws ServerError, ConfigurationError, DexError; nothing is left running then
 */
export async function startDex(config: DexConfig, { logger }: { logger: Logger }): Promise<RunningService> {
  logger.level = config.logger.level
  for (const { path, message } of configWarnings(config)) logger.warn({ path }, `configuration: ${message}`)
  await using started = new AsyncDisposableStack()
  const clock = createIssuerClock()
  const storage = started.use(await openStorage(config.storage, clock.now))
  started.use(collectGarbageOf(storage, logger))
  const keyRing = started.use(await openKeyRing(storage, config.expiry, logger, clock))
  const users = createUsers(config.staticPasswords)
  const connectors = await openConnectors(config, { users, storage, clock })
  for (const { close } of connectors.values()) if (close) started.defer(close)
  const isHealthy = async () => (await storage.get('health', 'probe')) === undefined

  const registry = createRegistry()
  const { http: telemetry } = config.telemetry
  const operations = telemetry
    ? started.use(await startOperations({ ...telemetry, checks: { storage: isHealthy }, registry, logger }))
    : undefined

  const { testPowers: settings } = config.gatehouse
  const testPowers = settings && createTestPowers(settings, { config, clock, users, keyRing, logger })
  const routes = [
    healthRoute(isHealthy),
    await stylesheetRoute(),
    ...openIDConnectRoutes(config, { storage, clock, keyRing, users, connectors, testPowers, logger }),
  ]
  const handle = createDispatch({
    issuer: new URL(config.issuer),
    web: config.web,
    alsoKnownAs: config.gatehouse.alsoKnownAs,
    routes,
    metrics: createRequestMetrics(registry),
    ...(testPowers ? { intercept: testPowers.faults.intercept } : {}),
    logger,
  })
  const testListener = testPowers
    ? started.use(await testPowers.listen(routes.map(({ name }) => name)))
    : undefined
  const listeners = started.use(await startListeners(config.web, config.gatehouse.alsoHttps, handle, logger))
  const running = started.move()
  return {
    urls: {
      ...listeners.urls,
      ...(operations ? { telemetry: operations.url } : {}),
      ...(testListener ? { testPowers: testListener.url } : {}),
    },
    async drain() {
      operations?.setDraining()
      await running.disposeAsync()
    },
  }
}
