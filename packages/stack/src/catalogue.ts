import { isDeepStrictEqual } from 'node:util'
import type { CatalogueInput } from '@gatehouse/kubeconfig-generator/catalogue'
import type { Cluster } from '@gatehouse/cluster'
import { writePrivateFile } from '@gatehouse/private-files'
import { stringify } from 'yaml'
import type { Addresses } from './addresses.ts'
import type { CatalogueConfiguration } from './catalogue-configuration.ts'
import type { Composition } from './composition.ts'
import type { FilledCluster } from './own-cluster.ts'
import type { Ports } from './ports.ts'
import type { Tunnel } from './services/ingress-gateway.ts'
import { loginOf } from './services/kubeconfig-generator.ts'

type CatalogueCluster = NonNullable<CatalogueInput['clusters']>[number]

/** What the stack knows of its own cluster. */
export interface OwnCluster {
  readonly name: string
  readonly server: string
  readonly certificateAuthorityFile: string
  /** Whether the API server itself takes the issuer's tokens. */
  readonly trustsIssuer: boolean
  readonly proxy: { readonly server: string; readonly certificateAuthorityFile: string }
  /** Absent where the API server's certificate carries no name for it. */
  readonly tunnel: { readonly server: string; readonly tlsServerName: string } | undefined
  readonly oidc: NonNullable<CatalogueCluster['oidc']>
  /** The generator's kubeconfig for it, where it may issue credentials. */
  readonly generatorKubeconfig: string | undefined
}

/** The generator's catalogue: the stack's own cluster, and the configured ones. Pure. */
export function catalogueOf(
  { projects, cluster, clusters }: CatalogueConfiguration,
  own: OwnCluster,
): CatalogueInput {
  const { name, server, certificateAuthorityFile, generatorKubeconfig, tunnel } = own
  // Without the proxy, tokens have to be the API server's business.
  const oidc = cluster.oidc && (cluster.proxy || own.trustsIssuer)
  const proxy = cluster.proxy && (oidc || tunnel !== undefined)
  const entry: CatalogueCluster = {
    id: name,
    name,
    project: cluster.project,
    server,
    certificateAuthorityFile,
    ...(oidc ? { oidc: own.oidc } : {}),
    ...(proxy ? { proxy: { ...own.proxy, ...(tunnel ? { tunnel } : {}) } } : {}),
    ...(generatorKubeconfig === undefined ? {} : { credentials: { kubeconfig: generatorKubeconfig } }),
  }
  return { projects, clusters: [entry, ...clusters] }
}

/** Where the gateway passes TLS on to: every API server that files reach by a tunnel. Pure. */
export function tunnelsOf(
  { clusters }: CatalogueConfiguration,
  own: { readonly addresses: Addresses; readonly ports: Ports } | undefined,
): Tunnel[] {
  const others = clusters.flatMap(({ server, proxy }) => {
    if (!proxy?.tunnel) return []
    const { hostname, port } = new URL(server)
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    return [{ serverName: proxy.tunnel.tlsServerName, host, port: Number(port || 443) }]
  })
  if (!own) return unique(others)
  const { addresses, ports } = own
  return unique([
    { serverName: addresses.hosts.cluster, host: '127.0.0.1', port: ports.apiserver },
    ...others,
  ])
}

/** Several entries may be about one API server. */
function unique(tunnels: readonly Tunnel[]): Tunnel[] {
  return tunnels.filter(
    (tunnel, index) => tunnels.findIndex((other) => isDeepStrictEqual(other, tunnel)) === index,
  )
}

/** Writes the catalogue, and beforehand the files that it names. */
export async function writeCatalogue(options: {
  composition: Composition
  addresses: Addresses
  ports: Ports
  cluster: Cluster
  filled: FilledCluster
  certificateAuthorityFile: string
}): Promise<void> {
  const { composition, addresses, ports, cluster, filled, certificateAuthorityFile } = options
  const { configuration, state } = composition
  await writePrivateFile(state.clusterCertificateAuthorityFile, cluster.certificateAuthority)
  const isOurs = configuration.cluster.provider !== 'existing'
  const catalogue = catalogueOf(configuration.catalogue, {
    name: addresses.clusterName,
    server: cluster.server,
    certificateAuthorityFile: state.clusterCertificateAuthorityFile,
    trustsIssuer: cluster.issuerTrusted ?? true,
    proxy: { server: addresses.apiserverProxy, certificateAuthorityFile },
    tunnel: isOurs
      ? { server: `https://127.0.0.1:${ports.gatewayHttps}`, tlsServerName: addresses.hosts.cluster }
      : undefined,
    oidc: loginOf(addresses, ports, certificateAuthorityFile),
    generatorKubeconfig: filled.generatorKubeconfig,
  })
  await writePrivateFile(state.catalogueFile, stringify(catalogue, { lineWidth: 0 }))
}
