import {
  configurationFromPrimary,
  type Logger,
  Registry,
  type RunningService,
  startOperations,
  startWorkers,
} from '@gatehouse/server'
import { startApiserverProxy } from './app.ts'
import type { ProxyConfig } from './config.ts'
import { followProxyConfiguration } from './reload.ts'

/**
 * What one of several workers may have of the limits that hold for all of them. The kernel's connections are
 * dealt out in turn, so equal parts are near to what each needs. Pure.
 */
export function shareOfLimits({
  limits,
  workers,
}: Pick<ProxyConfig, 'limits' | 'workers'>): ProxyConfig['limits'] {
  const share = (total: number) => Math.max(1, Math.floor(total / workers))
  return { ...limits, inFlight: share(limits.inFlight), connections: share(limits.connections) }
}

/** Starts the proxy in a worker, with its part of what the primary says, now and later. */
export async function startProxyWorker({ logger }: { logger: Logger }): Promise<RunningService> {
  const { configuration, follow } = await configurationFromPrimary<ProxyConfig>()
  const ofThisWorker = (config: ProxyConfig) => ({ ...config, limits: shareOfLimits(config) })
  const proxy = await startApiserverProxy(ofThisWorker(configuration), { logger })
  follow((next) => proxy.prepare(ofThisWorker(next)))
  return proxy
}

/** Starts the proxy as several processes behind one listener; health and metrics are told for all of them here. */
export async function startProxyWorkers(
  config: ProxyConfig,
  { configFile, logger }: { configFile: string; logger: Logger },
): Promise<RunningService> {
  const workers = await startWorkers({ count: config.workers, configuration: config, logger })
  const registry = new Registry()
  const operations = await startOperations({
    ...config.operations,
    registry: {
      contentType: workers.registry.contentType,
      metrics: async () => `${await workers.registry.metrics()}${await registry.metrics()}`,
    },
    logger,
    checks: { workers: workers.ready },
  }).catch(async (error: unknown) => {
    await workers.drain()
    throw error
  })
  const following = followProxyConfiguration(configFile, config, { ...workers, registry }, logger)
  return {
    urls: { ...workers.urls, operations: operations.url },
    async drain() {
      await following[Symbol.asyncDispose]()
      operations.setDraining()
      await workers.drain()
      await operations[Symbol.asyncDispose]()
    },
  }
}
