import type { HostConfig, PassthroughConfig, UpstreamConfig } from './config.ts'

interface TlsFiles {
  readonly certificateFile: string
  readonly keyFile: string
}

/** What becomes of connections and requests for one host. */
export type Route = UpstreamRoute | PassthroughRoute

export interface UpstreamRoute {
  readonly kind: 'upstream'
  readonly host: string
  readonly tls: TlsFiles
  readonly upstream: UpstreamConfig
  readonly websocket: boolean
  readonly contentSecurityPolicy: string | undefined
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
  const { host, tls, upstream, passthrough, websocket, contentSecurityPolicy } = entry
  if (passthrough) return { kind: 'passthrough', host, passthrough }
  if (tls && upstream) {
    return { kind: 'upstream', host, tls, upstream, websocket, contentSecurityPolicy }
  }
  throw new TypeError(`${host} is neither an upstream nor a passthrough`)
}
