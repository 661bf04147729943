import type { IssuerSettingsInput } from '@gatehouse/authentication/issuer-settings'
import { rights } from '@gatehouse/kubeconfig-generator/rights'
import type { CertificateFiles } from '@gatehouse/pki'
import type { Addresses } from '../addresses.ts'
import { CLIENT_ID } from '../clients.ts'
import type { Manifest } from '../manifests.ts'
import type { Ports } from '../ports.ts'
import type { StateDirectory } from '../state-directory.ts'
import type { Service } from './service.ts'

/** The user that the generator is at the API server, where it issues credentials. */
export const KUBECONFIG_GENERATOR_USER = 'gatehouse:kubeconfig-generator'

/** The rights that the generator needs, as objects to apply. Pure. */
export function kubeconfigGeneratorAccess(): Manifest[] {
  return rights(KUBECONFIG_GENERATOR_USER)
}

/** How files of the format `exec` log in. Pure. */
export function loginOf(addresses: Addresses, ports: Ports, certificateAuthorityFile: string) {
  return {
    issuerUrl: addresses.issuer,
    clientConfig: {
      clientId: CLIENT_ID,
      // Its name does not resolve everywhere.
      address: `127.0.0.1:${ports.gatewayHttps}`,
      certificateAuthorityFile,
    },
  }
}

/** The kubeconfig generator, whose own files point at the proxy. Pure. */
export function kubeconfigGeneratorService(options: {
  addresses: Addresses
  ports: Ports
  state: StateDirectory
  certificate: CertificateFiles
  certificateAuthorityFile: string
  issuer: IssuerSettingsInput
  pluginCommand: readonly [string, ...string[]] | undefined
}): Service {
  const { addresses, ports, state, certificate, certificateAuthorityFile, issuer, pluginCommand } = options
  return {
    name: 'kubeconfig-generator',
    main: import.meta.resolve('@gatehouse/kubeconfig-generator/main'),
    operationsPort: ports.kubeconfigGeneratorOperations,
    dependsOn: ['dex'],
    configuration: {
      listen: { host: '127.0.0.1', port: ports.kubeconfigGenerator },
      tls: { ...certificate },
      operations: { host: '127.0.0.1', port: ports.kubeconfigGeneratorOperations },
      issuers: [issuer],
      cluster: {
        name: addresses.clusterName,
        server: addresses.apiserverProxy,
        certificateAuthorityFile,
      },
      login: loginOf(addresses, ports, certificateAuthorityFile),
      ...(pluginCommand ? { pluginCommand: [...pluginCommand] } : {}),
      catalogueFile: state.catalogueFile,
      auditFile: state.downloadsAuditFile,
      allowedOrigins: [addresses.console],
      // The gateway, which says whom it speaks for.
      trustedProxies: ['127.0.0.1'],
    },
  }
}
