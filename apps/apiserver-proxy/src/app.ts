import { setTimeout as delay } from 'node:timers/promises'
import { IssuerKeys } from '@gatehouse/authentication'
import {
  closeGracefully,
  createRegistry,
  endConnections,
  listen,
  type Logger,
  type PrepareConfiguration,
  type Registry,
  type RunningService,
} from '@gatehouse/server'
import type { ProxyConfig } from './config.ts'
import { createRequestHandler } from './handle-request.ts'
import { createUpgradeHandler } from './handle-upgrade.ts'
import { createListener, limitListener } from './listen.ts'
import { createMetrics } from './metrics.ts'
import { openOperations } from './operations.ts'
import { closeServing, endOf, openServing, retire, type Serving } from './serving.ts'
import { Streams } from './streams.ts'
import { openTracing } from './tracing/load.ts'

/** So that the spans of what ended last leave, too, where requests took all of the grace. */
const FLUSH_AT_LEAST_MS = 500

export interface RunningProxy extends RunningService {
  readonly registry: Registry
  /** Opens what another configuration needs beside the one in use. */
  readonly prepare: PrepareConfiguration<ProxyConfig>
}

/**
 * Starts the proxy: listens for the API and for operations, and resolves when both accept. Draining makes
 * it not ready, takes requests for `timeouts.lameDuckSeconds` more, lets them and streams finish within
 * `timeouts.drainSeconds`, and frees everything.
 */
export async function startApiserverProxy(
  config: ProxyConfig,
  { logger }: { logger: Logger },
): Promise<RunningProxy> {
  await using stack = new AsyncDisposableStack()
  const registry = createRegistry()
  const load = { inFlight: 0 }
  const metrics = createMetrics(registry, {
    inFlight: () => load.inFlight,
    connections: () => serving.upstream.pool.counts,
  })
  const streams = new Streams((caller) => endOf(serving, caller))
  const issuerKeys = stack.use(new IssuerKeys({ logger }))
  const tracing = config.tracing && (await openTracing(config.tracing, { logger }))
  const shared = { logger, metrics, load, streams, tracing, issuerKeys }
  let { serving } = await openServing(config, shared)
  stack.defer(() => closeServing(serving))

  const stages = () => serving.stages
  const handlers = { onRequest: createRequestHandler(stages), onUpgrade: createUpgradeHandler(stages) }
  const server = createListener(config, handlers, logger)
  serving.tls.attach(server)
  serving.revocations.onChange(() => streams.endUnaccepted())
  const replaceBy = (next: Serving) => {
    const earlier = serving
    serving = next
    limitListener(server, next.config)
    if (next.tls !== earlier.tls) next.tls.attach(server)
    next.revocations.onChange(() => streams.endUnaccepted())
    const endedStreams = streams.endUnaccepted()
    if (endedStreams > 0) logger.info({ endedStreams }, 'ended what the new configuration does not accept')
    retire(earlier, next)
    void issuerKeys.retain(next.config.issuers)
  }
  const operations = stack.use(
    await openOperations(config.operations, {
      registry,
      logger,
      issuersReady: () => serving.verifier.ready(),
    }),
  )
  const urls = { api: `https://${await listen(server, config.listen)}`, ...operations.urls }
  operations.started(urls)
  const resources = stack.move()
  return {
    urls,
    registry,
    async prepare(next) {
      const forget = () => issuerKeys.retain(serving.config.issuers)
      const opened = await openServing(next, shared, serving).catch(async (error: unknown) => {
        await forget()
        throw error
      })
      return {
        commit: () => replaceBy(opened.serving),
        async abort() {
          await opened.close()
          await forget()
        },
      }
    },
    async drain() {
      const { lameDuckSeconds, drainSeconds } = serving.config.timeouts
      operations.setDraining()
      endConnections(server)
      await delay(lameDuckSeconds * 1000)
      const graceMs = drainSeconds * 1000
      const graceEnds = performance.now() + graceMs
      const ending = setTimeout(() => streams.endAll('shutdown'), graceMs)
      await closeGracefully(server, graceMs + 500)
      clearTimeout(ending)
      await tracing?.close(Math.max(FLUSH_AT_LEAST_MS, graceEnds - performance.now()))
      await resources.disposeAsync()
    },
  }
}
