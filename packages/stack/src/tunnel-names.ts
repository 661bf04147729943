import type { z } from 'zod'
import { hostsOf } from './addresses.ts'
import type { CatalogueConfiguration } from './catalogue-configuration.ts'

/** What decides which names a stack's gateway has by itself. */
export interface NamesOfStack {
  readonly name: string
  readonly domain: string
  /** Whether the gateway has a tunnel to the stack's own API server: one that somebody else runs gets none. */
  readonly hasOwnTunnel: boolean
}

/**
 * Refuses tunnels of the catalogue's clusters that want a name which leads elsewhere at the gateway already. The
 * stack's own API server may have more entries; its port is known at the start alone, its address is not another's.
 */
export function refuseTakenTunnelNames(
  { clusters }: CatalogueConfiguration,
  { name, domain, hasOwnTunnel }: NamesOfStack,
  context: z.RefinementCtx,
): void {
  const { cluster: own, ...services } = hostsOf(name, domain)
  const ofServices = new Set<string>(Object.values(services))
  for (const [index, { server, proxy }] of clusters.entries()) {
    const wanted = proxy?.tunnel?.tlsServerName
    if (wanted === undefined) continue
    const isOwn = hasOwnTunnel && wanted === own && new URL(server).hostname !== '127.0.0.1'
    if (!isOwn && !ofServices.has(wanted)) continue
    const owner = isOwn ? "the stack's own API server" : 'a service of the stack'
    context.addIssue({
      code: 'custom',
      path: ['catalogue', 'clusters', index, 'proxy', 'tunnel', 'tlsServerName'],
      message: `${wanted} leads to ${owner} already; choose another name that the API server's certificate carries`,
    })
  }
}
