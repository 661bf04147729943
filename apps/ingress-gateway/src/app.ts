import { createServer, type AddressInfo } from 'node:net'
import {
  closeGracefully,
  createRegistry,
  listen,
  type Logger,
  type RunningService,
  startOperations,
} from '@gatehouse/server'
import { acceptConnection } from './accept.ts'
import { openCertificates } from './certificates.ts'
import { reportClientErrors } from './client-errors.ts'
import type { GatewayConfig } from './config.ts'
import { Connections } from './connections.ts'
import type { HandlerContext } from './course.ts'
import { createForwarder, type Forwarder } from './forward.ts'
import { handleRequest } from './handle.ts'
import { createObserver } from './observe.ts'
import { createRedirectServer } from './redirect.ts'
import { routesOf } from './routes.ts'
import { createTerminator } from './terminate.ts'
import { handleUpgrade } from './upgrade.ts'
import { openUpstream } from './upstream.ts'

/**
 * Starts the gateway: the https listener (`urls.https`), the redirecting one (`urls.http`, if configured) and
 * operations (`urls.operations`).
 *
 * @throws ConfigurationError when a certificate or CA file can't be used
 * @throws ServerError `ERR_LISTEN`
 */
export async function startIngressGateway(
  config: GatewayConfig,
  { logger }: { logger: Logger },
): Promise<RunningService> {
  const { limits } = config
  await using stack = new AsyncDisposableStack()
  const registry = createRegistry()
  const observer = createObserver(logger, registry)
  const routes = routesOf(config.hosts)
  const certificates = stack.use(await openCertificates(routes, config.defaultHost, logger))
  const forwarders = new Map<string, Forwarder>()
  for (const route of routes.values()) {
    if (route.kind !== 'upstream') continue
    const upstream = stack.use(await openUpstream(route.upstream, logger))
    forwarders.set(route.host, createForwarder(route, upstream, limits))
  }

  let draining = false
  const listener = createServer({ allowHalfOpen: true, noDelay: true })
  const port = () =>
    config.publicPort ?? (listener.address() as AddressInfo | null)?.port ?? config.listen.port
  const context: HandlerContext = {
    routes,
    forwarders,
    observer,
    strictTransportSecurity: config.strictTransportSecurity,
    port,
    isDraining: () => draining,
    finished: new WeakSet(),
  }
  const connections = new Connections((counts) => observer.connections(counts))
  const terminator = createTerminator(certificates, routes, limits)
  stack.defer(() => closeGracefully(terminator.server, 0))
  terminator.server.on('request', (request, response) => handleRequest(context, request, response))
  terminator.server.on('upgrade', (request, socket, head) => handleUpgrade(context, request, socket, head))
  reportClientErrors(terminator.server, observer, context.finished)
  listener.maxConnections = limits.connections
  listener.on('drop', (dropped) => {
    observer.refused(
      'too-many',
      `more than ${limits.connections} connections`,
      dropped?.remoteAddress ?? 'unknown',
    )
  })
  listener.on('connection', (socket) => {
    void acceptConnection({ routes, limits, terminator, connections, observer }, socket)
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
