import { createServer, type AddressInfo } from 'node:net'
import {
  closeGracefully,
  createRegistry,
  followConfiguration,
  listen,
  type Logger,
  type RunningService,
  startOperations,
} from '@gatehouse/server'
import { acceptConnection } from './accept.ts'
import { reportClientErrors, reportHandshakeErrors } from './client-errors.ts'
import { configSchema, type GatewayConfig, RESTART_KEYS } from './config.ts'
import { Connections } from './connections.ts'
import type { HandlerContext } from './course.ts'
import { handleRequest } from './handle.ts'
import { createObserver } from './observe.ts'
import { createRedirectServer } from './redirect.ts'
import { openServing } from './serving.ts'
import { createTerminator } from './terminate.ts'
import { handleUpgrade } from './upgrade.ts'

/**
 * Starts the gateway: the https listener (`urls.https`), the redirecting one (`urls.http`, if configured) and
 * operations (`urls.operations`). With a `configFile`, hosts follow its changes while connections stay.
 *
 * @throws ConfigurationError when a certificate or CA file can't be used
 * @throws ServerError `ERR_LISTEN`
 */
export async function startIngressGateway(
  config: GatewayConfig,
  { logger, configFile }: { logger: Logger; configFile?: string },
): Promise<RunningService> {
  const { limits } = config
  await using stack = new AsyncDisposableStack()
  const registry = createRegistry()
  const observer = createObserver(logger, registry)
  let serving = await openServing(config, logger, observer)
  stack.defer(() => serving[Symbol.dispose]())

  let draining = false
  const listener = createServer({ allowHalfOpen: true, noDelay: true })
  const port = () =>
    config.publicPort ?? (listener.address() as AddressInfo | null)?.port ?? config.listen.port
  const context: HandlerContext = {
    serving: () => serving,
    limits,
    observer,
    port,
    isDraining: () => draining,
    finished: new WeakSet(),
  }
  const routes = () => serving.routes
  const connections = new Connections((counts) => observer.connections(counts))
  const terminator = createTerminator(() => serving, limits, observer)
  serving.certificates.fallback.attach(terminator.tls)
  stack.defer(() => terminator.close())
  for (const server of [terminator.http1, terminator.http2]) {
    server.on('request', (request, response) => handleRequest(context, request, response))
  }
  terminator.http1.on('upgrade', (request, socket, head) => handleUpgrade(context, request, socket, head))
  reportClientErrors(terminator.http1, observer, context.finished)
  reportHandshakeErrors(terminator.tls, observer)
  listener.maxConnections = limits.connections
  listener.on('drop', (dropped) => {
    observer.refused(
      'too-many',
      `more than ${limits.connections} connections`,
      dropped?.remoteAddress ?? 'unknown',
    )
  })
  listener.on('connection', (socket) => {
    void acceptConnection({ serving: () => serving, limits, terminator, connections, observer }, socket)
  })

  const operations = stack.use(
    await startOperations({
      ...config.operations,
      checks: { listening: () => listener.listening },
      registry,
      logger,
    }),
  )
  const urls: Record<string, string> = { operations: operations.url }
  urls['https'] = `https://${await listen(listener, config.listen)}`
  stack.defer(async () => {
    listener.close()
    await connections.drain(0)
  })
  const redirect = config.redirect && createRedirectServer(routes, limits, port, observer)
  if (redirect && config.redirect) {
    redirect.maxConnections = limits.connections
    redirect.on('connection', (socket) => connections.add(socket, 'http'))
    reportClientErrors(redirect, observer)
    urls['http'] = `http://${await listen(redirect, config.redirect)}`
    stack.defer(() => closeGracefully(redirect, 0))
  }
  if (configFile) {
    const following = followConfiguration({
      file: configFile,
      schema: configSchema,
      started: config,
      restartKeys: RESTART_KEYS,
      logger,
      metrics: { registry, prefix: 'gatehouse_gateway' },
      async prepare(next) {
        const opened = await openServing(next, logger, observer)
        return {
          commit() {
            serving[Symbol.dispose]()
            serving = opened
            serving.certificates.fallback.attach(terminator.tls)
          },
          abort: async () => opened[Symbol.dispose](),
        }
      },
    })
    stack.use(following)
  }

  const resources = stack.move()
  return {
    urls,
    async drain() {
      draining = true
      operations.setDraining()
      listener.close()
      redirect?.close()
      // Idle connections have nothing to finish; those in use become idle or end, one after the other.
      terminator.closeIdle()
      const idle = setInterval(terminator.closeIdle, 50)
      await connections.drain(limits.drainSeconds * 1000)
      clearInterval(idle)
      await resources.disposeAsync()
    },
  }
}
