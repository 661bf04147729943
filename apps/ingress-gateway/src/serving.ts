import type { Logger } from '@gatehouse/server'
import { type Certificates, openCertificates } from './certificates.ts'
import type { GatewayConfig } from './config.ts'
import { Endpoints } from './endpoints.ts'
import { createForwarder, type Forwarder } from './forward.ts'
import type { Observer } from './observe.ts'
import { type Routes, routesOf } from './routes.ts'
import { openUpstream } from './upstream.ts'

/**
 * What one configuration serves. Disposal ends what it watches and keeps; requests that began with it go on.
 */
export interface Serving extends Disposable {
  readonly routes: Routes
  readonly certificates: Certificates
  /** By host, for each that has an upstream. */
  readonly forwarders: ReadonlyMap<string, Forwarder>
  /** By host, for each that is passed through. */
  readonly endpoints: ReadonlyMap<string, Endpoints>
  readonly strictTransportSecurity: GatewayConfig['strictTransportSecurity']
}

/** @throws ConfigurationError when a certificate or CA file can't be used */
export async function openServing(
  config: GatewayConfig,
  logger: Logger,
  observer: Observer,
): Promise<Serving> {
  using stack = new DisposableStack()
  const routes = routesOf(config.hosts)
  const certificates = stack.use(await openCertificates(routes, config.defaultHost, logger))
  const forwarders = new Map<string, Forwarder>()
  const endpoints = new Map<string, Endpoints>()
  for (const route of routes.values()) {
    if (route.kind === 'passthrough') {
      endpoints.set(route.host, stack.use(new Endpoints(route.passthrough, observer.endpoint)))
      continue
    }
    const upstream = stack.use(await openUpstream(route.upstream, logger))
    forwarders.set(route.host, createForwarder(route, upstream, config.limits))
  }
  const resources = stack.move()
  return {
    routes,
    certificates,
    forwarders,
    endpoints,
    strictTransportSecurity: config.strictTransportSecurity,
    [Symbol.dispose]: () => resources.dispose(),
  }
}
