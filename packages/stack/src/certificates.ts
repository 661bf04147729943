import { BlockList } from 'node:net'
import type { CertificateAuthority, CertificateFiles, PermittedNames } from '@gatehouse/pki'
import type { Addresses } from './addresses.ts'
import type { StateDirectory } from './state-directory.ts'

/** The server certificates of a stack: one per listener, and one per host that the gateway ends TLS for. */
export interface StackCertificates {
  readonly dex: CertificateFiles
  readonly apiserverProxy: CertificateFiles
  readonly kubeconfigGenerator: CertificateFiles
  readonly console: CertificateFiles
  readonly dexHost: CertificateFiles
  readonly kubeconfigGeneratorHost: CertificateFiles
  readonly consoleHost: CertificateFiles
}

/** Where an engine takes its networks from (RFC 1918). */
const PRIVATE_RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] as const

/**
 * What the stack's authority may sign for, so that who trusts it trusts it for this machine's own names and nothing
 * else: what is below localhost, the stack's domain where it is another, loopback. On kind dex is also at the
 * gateway of the engine's network, whose address changes from start to start while the authority, which is in
 * people's kubeconfigs, must not: so all of its private range. Pure.
 */
export function permittedNames(domain: string, containerGateway?: string): PermittedNames {
  const isLocal = domain === 'localhost' || domain.endsWith('.localhost')
  return {
    dnsNames: ['localhost', ...(isLocal ? [] : [domain])],
    ipRanges: ['127.0.0.0/8', '::1/128', ...(containerGateway ? [rangeOf(containerGateway)] : [])],
  }
}

function rangeOf(address: string): string {
  if (address.includes(':')) return `${address}/128`
  const range = PRIVATE_RANGES.find((candidate) => {
    const [network = '', prefix] = candidate.split('/')
    const list = new BlockList()
    list.addSubnet(network, Number(prefix))
    return list.check(address)
  })
  return range ?? `${address}/32`
}

/**
 * Issues what is missing or due. Services' own listeners are dialled by address and by name; the gateway's
 * hosts have a certificate each, with nothing but that name, since browsers reuse an HTTP/2 connection for
 * every name that its certificate covers.
 */
export async function issueCertificates(
  authority: CertificateAuthority,
  { hosts, containerGateway }: Addresses,
  state: StateDirectory,
): Promise<StackCertificates> {
  const issue = (name: string, dnsNames: string[], ipAddresses: string[]) =>
    authority.issueServerCertificate({ directory: state.pki, name, dnsNames, ipAddresses })
  const listener = (name: string, host: string, alsoAt: readonly string[] = []) =>
    issue(name, [host, 'localhost'], ['127.0.0.1', '::1', ...alsoAt])
  const gatewayHost = (name: string, host: string) => issue(name, [host], [])
  const [dex, apiserverProxy, kubeconfigGenerator, console, dexHost, kubeconfigGeneratorHost, consoleHost] =
    await Promise.all([
      listener('dex', hosts.dex, containerGateway === undefined ? [] : [containerGateway]),
      listener('apiserver-proxy', hosts.apiserver),
      listener('kubeconfig-generator', hosts.kubeconfigGenerator),
      listener('console', hosts.console),
      gatewayHost('gateway-dex', hosts.dex),
      gatewayHost('gateway-kubeconfig-generator', hosts.kubeconfigGenerator),
      gatewayHost('gateway-console', hosts.console),
    ])
  return {
    dex,
    apiserverProxy,
    kubeconfigGenerator,
    console,
    dexHost,
    kubeconfigGeneratorHost,
    consoleHost,
  }
}
