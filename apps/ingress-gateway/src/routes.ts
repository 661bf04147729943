import type { HostConfig, PassthroughConfig, PathBConfig, UpstreamConfig } from './config.ts'

interface TlsFiles {
  readonly certificateFile: string
  readonly keyFile: string
}

/** What becomes of connections and requests for one host. */
export type Route = TerminatedRoute | PassthroughRoute
export type TerminatedRoute = UpstreamRoute | PageRoute

export interface UpstreamRoute {
  readonly kind: 'upstream'
  readonly host: string
  readonly tls: TlsFiles
  readonly upstream: UpstreamConfig
  readonly websocket: boolean
  readonly contentSecurityPolicy: string | undefined
}

interface PageRoute {
  readonly kind: 'page'
  readonly host: string
  readonly tls: TlsFiles
  readonly page: 'path-b'
  readonly pathB: PathBConfig
}

export interface PassthroughRoute {
  readonly kind: 'passthrough'
  readonly host: string
  readonly passthrough: PassthroughConfig
}

export type Routes = ReadonlyMap<string, Route>

/** Routes by exact host, in the order of the configuration, which the schema has checked. */
export function routesOf(hosts: readonly HostConfig[]): Routes {
  return new Map(hosts.map((entry) => [entry.host, routeOf(entry)]))
}

function routeOf(entry: HostConfig): Route {
  const { host, tls, upstream, page, pathB, passthrough, websocket, contentSecurityPolicy } = entry
  if (passthrough) return { kind: 'passthrough', host, passthrough }
  if (tls && upstream) {
    return { kind: 'upstream', host, tls, upstream, websocket, contentSecurityPolicy }
  }
  if (tls && page && pathB) return { kind: 'page', host, tls, page, pathB }
  throw new TypeError(`${host} is neither an upstream, a page nor a passthrough`)
}
