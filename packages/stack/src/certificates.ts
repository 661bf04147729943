import type { CertificateAuthority, CertificateFiles } from '@gatehouse/pki'
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
