import { setTimeout as delay } from 'node:timers/promises'
import { createTokenVerifier } from '@gatehouse/authentication'
import { createAuthorizer, createReviewClient, reviewAccess } from '@gatehouse/authorization'
import { currentCluster, readKubeconfig } from '@gatehouse/kubeconfig'
import {
  closeGracefully,
  createRegistry,
  endConnections,
  listen,
  type Logger,
  type RunningService,
  watchFiles,
  watchTls,
} from '@gatehouse/server'
import { createAccessLog } from './access-log.ts'
import { createAuthenticator } from './authenticate.ts'
import type { ProxyConfig } from './config.ts'
import { createCors } from './cors.ts'
import { createRequestHandler } from './handle-request.ts'
import { createUpgradeHandler } from './handle-upgrade.ts'
import { createListener } from './listen.ts'
import { createMetrics } from './metrics.ts'
import { openOperations } from './operations.ts'
import { openRevocations } from './revocations.ts'
import type { Stages } from './stages.ts'
import { Streams } from './streams.ts'
import { createTokenReviewer } from './token-review.ts'
import { createEndpoint } from './upstream/endpoint.ts'
import { ConnectionPool } from './upstream/pool.ts'

/**
 * Starts the proxy: listens for the API and for operations, and resolves when both accept. Draining makes
 * it not ready, takes requests for `timeouts.lameDuckSeconds` more, lets them and streams finish within
 * `timeouts.drainSeconds`, and frees everything.
 */
export async function startApiserverProxy(
  config: ProxyConfig,
  { logger }: { logger: Logger },
): Promise<RunningService> {
  await using stack = new AsyncDisposableStack()
  const readUpstream = async () => currentCluster(await readKubeconfig(config.upstream.kubeconfig))
  const connectWithinMs = config.timeouts.connectSeconds * 1000

  const upstream = await readUpstream()
  let reviews = createReviewClient(upstream)
  stack.defer(() => reviews[Symbol.asyncDispose]())
  const pool = stack.use(new ConnectionPool(createEndpoint(upstream, { connectWithinMs })))
  let inUse = JSON.stringify(upstream)
  const reloadUpstream = async () => {
    try {
      const latest = await readUpstream()
      if (JSON.stringify(latest) === inUse) return
      inUse = JSON.stringify(latest)
      pool.replaceEndpoint(createEndpoint(latest, { connectWithinMs }))
      const old = reviews
      reviews = createReviewClient(latest)
      setTimeout(() => void old[Symbol.asyncDispose](), 30_000).unref()
      logger.info({ server: latest.server }, 'the upstream kubeconfig was read anew')
    } catch (error) {
      logger.error({ err: error }, 'the new upstream kubeconfig is not usable; the old one stays')
    }
  }
  stack.use(watchFiles([config.upstream.kubeconfig], reloadUpstream))

  const verifier = stack.use(createTokenVerifier({ issuers: config.issuers, logger }))
  const reviewer = config.passThrough === 'serviceAccounts' ? createTokenReviewer(() => reviews) : undefined
  const revocations = stack.use(await openRevocations(config.revocations?.file, { logger }))
  const streams = new Streams(revocations.isRevoked)
  revocations.onChange(() => streams.endRevoked())
  const load = { inFlight: 0 }
  const registry = createRegistry()
  const metrics = createMetrics(registry, {
    inFlight: () => load.inFlight,
    connections: () => pool.counts,
  })
  const stages: Stages = {
    limits: config.limits,
    impersonation: config.impersonation,
    cors: createCors(config.cors.allowedOrigins),
    authenticator: createAuthenticator({ verifier, reviewer, isRevoked: revocations.isRevoked }),
    authorizer: createAuthorizer({
      review: (spec, auditId) => reviewAccess(reviews, spec, auditId),
      allowedTtlSeconds: config.decisions.allowedSeconds,
      deniedTtlSeconds: config.decisions.deniedSeconds,
    }),
    forwarding: {
      pool,
      streams,
      answerWithinMs: config.timeouts.responseSeconds * 1000,
      bodyBytes: config.limits.bodyBytes,
    },
    log: createAccessLog(logger),
    metrics,
    logger,
    load,
  }

  const server = createListener(
    config,
    { onRequest: createRequestHandler(stages), onUpgrade: createUpgradeHandler(stages) },
    logger,
  )
  const tls = stack.use(await watchTls({ ...config.tls, logger }))
  tls.attach(server)
  const operations = stack.use(
    await openOperations(config.operations, { registry, logger, issuersReady: () => verifier.ready() }),
  )
  const urls = { api: `https://${await listen(server, config.listen)}`, ...operations.urls }
  operations.started(urls)
  const resources = stack.move()
  return {
    urls,
    async drain() {
      operations.setDraining()
      endConnections(server)
      await delay(config.timeouts.lameDuckSeconds * 1000)
      const graceMs = config.timeouts.drainSeconds * 1000
      const ending = setTimeout(() => streams.endAll('shutdown'), graceMs)
      await closeGracefully(server, graceMs + 500)
      clearTimeout(ending)
      await resources.disposeAsync()
    },
  }
}
