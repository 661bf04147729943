import type { Ports } from './ports.ts'

/** Every address of a stack. The names are for people and certificates; what is dialled is loopback. */
export interface Addresses {
  readonly domain: string
  /** The name of the cluster in kubeconfigs, and its ID in the generator's catalogue. */
  readonly clusterName: string
  readonly issuer: string
  /** Where services dial the issuer, since `*.localhost` does not resolve in every libc. */
  readonly issuerDiscovery: string
  /** Where the API server dials the issuer: the same, unless it runs in a container. */
  readonly issuerDiscoveryOfCluster: string
  /** This machine's address for a cluster in containers; undefined where everything is on loopback. */
  readonly containerGateway: string | undefined
  /** Nobody listens there unless `identity.testPowers` says so. */
  readonly dexTestPowers: string
  readonly apiserverProxy: string
  /** The proxy by its name through the gateway, as browsers reach it. */
  readonly apiserver: string
  readonly kubeconfigGenerator: string
  readonly console: string
  readonly hosts: Hosts
}

/** The names that clients ask the gateway for. */
export interface Hosts {
  readonly dex: string
  readonly kubeconfigGenerator: string
  readonly apiserver: string
  /** The API server itself behind the gateway, by a TLS tunnel. */
  readonly cluster: string
  readonly console: string
}

/** The addresses of the stack `name`. Pure. */
export function addressesOf({
  name,
  domain,
  ports,
  containerGateway,
}: {
  name: string
  domain: string
  ports: Ports
  containerGateway?: string | undefined
}): Addresses {
  const hosts = hostsOf(name, domain)
  const discoveryAt = (host: string) => `https://${host}:${ports.dex}/.well-known/openid-configuration`
  const through = (host: string) => `https://${host}:${ports.gatewayHttps}`
  return {
    domain: baseOf(name, domain),
    clusterName: clusterNameOf(name),
    hosts,
    issuer: through(hosts.dex),
    issuerDiscovery: discoveryAt('127.0.0.1'),
    issuerDiscoveryOfCluster: discoveryAt(containerGateway ?? '127.0.0.1'),
    containerGateway,
    dexTestPowers: `https://127.0.0.1:${ports.dexTestPowers}`,
    apiserverProxy: `https://127.0.0.1:${ports.apiserverProxy}`,
    apiserver: through(hosts.apiserver),
    kubeconfigGenerator: through(hosts.kubeconfigGenerator),
    console: through(hosts.console),
  }
}

/** The host names of the stack `name`. Pure. */
export function hostsOf(name: string, domain: string): Hosts {
  const base = baseOf(name, domain)
  return {
    dex: `dex.${base}`,
    kubeconfigGenerator: `configurations-generator.${base}`,
    apiserver: `apiserver.${base}`,
    cluster: `${clusterNameOf(name)}.clusters.${base}`,
    console: `console.${base}`,
  }
}

/** The stack's name is part of every host name but the default's: browsers share cookies between ports of one host. */
function baseOf(name: string, domain: string): string {
  return name === 'default' ? domain : `${name}.${domain}`
}

/** What kubeconfigs and the catalogue call the stack's own cluster. Pure. */
export function clusterNameOf(stack: string): string {
  return stack === 'default' ? 'gatehouse' : `gatehouse-${stack}`
}
