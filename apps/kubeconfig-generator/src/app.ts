import { createServer } from 'node:https'
import { createTokenVerifier } from '@gatehouse/authentication'
import {
  closeGracefully,
  createRegistry,
  listen,
  type Logger,
  type RunningService,
  serverOptions,
  startOperations,
  tlsOptions,
  watchTls,
} from '@gatehouse/server'
import { createAnswer } from './answer.ts'
import { followCatalogue } from './catalogue/follow-catalogue.ts'
import { followAuthorities } from './certificate-authority.ts'
import type { Configuration } from './configuration.ts'
import { appendAudit, type AuditEvent } from './downloads/audit-log.ts'
import { startExpiry } from './downloads/expire.ts'
import { createLimits } from './limits.ts'
import { createObserver, credentialCounter } from './observe.ts'

/** How long a drain waits for requests in flight. */
const GRACE_MS = 5000

/**
 * Starts the generator and resolves once it answers.
 *
 * @throws ConfigurationError, ServerError; nothing is left running then
 */
export async function startKubeconfigGenerator(
  configuration: Configuration,
  { logger }: { logger: Logger },
): Promise<RunningService> {
  await using started = new AsyncDisposableStack()
  const { catalogueFile, auditFile } = configuration
  const tls = started.use(await watchTls({ ...configuration.tls, logger }))
  const authorities = started.use(await followAuthorities(configuration, logger))
  const catalogue = started.use(await followCatalogue(catalogueFile, logger))
  const verifier = started.use(createTokenVerifier({ issuers: configuration.issuers, logger }))
  const registry = createRegistry()
  const credentials = credentialCounter(registry)
  const audit = async (event: AuditEvent) => {
    if (auditFile !== undefined) await appendAudit(auditFile, event)
  }
  const operations = started.use(
    await startOperations({
      ...configuration.operations,
      checks: { issuer: () => verifier.ready() },
      registry,
      logger,
    }),
  )
  const expiry = started.use(
    startExpiry({
      clusters: () => catalogue.current().clusters,
      audit,
      onExpired: (cluster) => credentials.inc({ cluster, event: 'expired' }),
      logger,
    }),
  )
  const answer = createAnswer({
    configuration,
    ...authorities,
    verifier,
    catalogue: catalogue.current,
    pluginCommand: configuration.pluginCommand,
    limits: createLimits(configuration.limits, configuration.trustedProxies),
    audit,
    onIssued(cluster, expiresAt) {
      credentials.inc({ cluster, event: 'issued' })
      expiry.expectAt(expiresAt)
    },
    observe: createObserver({ registry, logger }),
    logger,
  })
  const server = createServer(
    { ...serverOptions, ...tlsOptions },
    (request, response) => void answer(request, response),
  )
  tls.attach(server)
  const address = await listen(server, configuration.listen)
  started.defer(() => closeGracefully(server, GRACE_MS))
  const running = started.move()
  return {
    urls: { https: `https://${address}`, operations: operations.url },
    async drain() {
      operations.setDraining()
      await running.disposeAsync()
    },
  }
}
