import { type Logger, type RunningService, startOperations, startWorkers } from '@gatehouse/server'
import type { ProxyConfig } from './config.ts'

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

/** Starts the proxy as several processes behind one listener; health and metrics are told for all of them here. */
export async function startProxyWorkers(
  config: ProxyConfig,
  { logger }: { logger: Logger },
): Promise<RunningService> {
  const workers = await startWorkers({ count: config.workers, logger })
  const operations = await startOperations({
    ...config.operations,
    registry: workers.registry,
    logger,
    checks: { workers: workers.ready },
  }).catch(async (error: unknown) => {
    await workers.drain()
    throw error
  })
  return {
    urls: { ...workers.urls, operations: operations.url },
    async drain() {
      operations.setDraining()
      await workers.drain()
      await operations[Symbol.asyncDispose]()
    },
  }
}
