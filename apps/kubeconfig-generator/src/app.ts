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
import { watchCertificateAuthority } from './certificate-authority.ts'
import type { Configuration } from './configuration.ts'
import { createObserver } from './observe.ts'

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
  const tls = started.use(await watchTls({ ...configuration.tls, logger }))
  const authority = started.use(
    await watchCertificateAuthority(configuration.cluster.certificateAuthorityFile, logger),
  )
  const verifier = started.use(createTokenVerifier({ issuers: configuration.issuers, logger }))
  const registry = createRegistry()
  const operations = started.use(
    await startOperations({
      ...configuration.operations,
      checks: { issuer: () => verifier.ready() },
      registry,
      logger,
    }),
  )
  const answer = createAnswer({
    configuration,
    verifier,
    certificateAuthority: authority.current,
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
