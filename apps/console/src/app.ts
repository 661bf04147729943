import { createServer } from 'node:https'
import {
  closeGracefully,
  listen,
  type Logger,
  type RunningService,
  serverOptions,
  startOperations,
  tlsOptions,
  watchTls,
} from '@gatehouse/server'
import { createAnswer } from './answer.ts'
import type { Configuration } from './configuration.ts'
import { readStaticFiles } from './files.ts'
import { createObserver } from './observe.ts'

/** How long a drain waits for requests in flight. */
const GRACE_MS = 2000

export interface ConsoleParts {
  readonly logger: Logger
  /** The folder of the built page. */
  readonly page: string
}

/**
 * Serves a built page; resolves once it answers.
 *
 * @throws ConfigurationError, ServerError; nothing is left running then
 */
export async function startConsole(
  configuration: Configuration,
  { logger, page }: ConsoleParts,
): Promise<RunningService> {
  await using started = new AsyncDisposableStack()
  const tls = started.use(await watchTls({ ...configuration.tls, logger }))
  const answer = createAnswer({
    page: configuration.page,
    files: await readStaticFiles(page),
    observe: createObserver(logger),
  })
  const server = createServer({ ...serverOptions, ...tlsOptions }, answer)
  tls.attach(server)
  const address = await listen(server, configuration.listen)
  started.defer(() => closeGracefully(server, GRACE_MS))
  const operations = started.use(await startOperations({ ...configuration.operations, checks: {}, logger }))
  const running = started.move()
  return {
    urls: { https: `https://${address}`, operations: operations.url },
    async drain() {
      operations.setDraining()
      await running.disposeAsync()
    },
  }
}
