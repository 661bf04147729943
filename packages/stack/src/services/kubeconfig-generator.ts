import type { IssuerSettingsInput } from '@gatehouse/authentication'
import type { CertificateFiles } from '@gatehouse/pki'
import type { Addresses } from '../addresses.ts'
import type { Ports } from '../ports.ts'
import type { Service } from './service.ts'

/** The kubeconfig generator, whose files point at the proxy. Pure. */
export function kubeconfigGeneratorService(options: {
  stack: string
  addresses: Addresses
  ports: Ports
  certificate: CertificateFiles
  certificateAuthorityFile: string
  issuer: IssuerSettingsInput
}): Service {
  const { stack, addresses, ports, certificate, certificateAuthorityFile, issuer } = options
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
        name: stack === 'default' ? 'gatehouse' : `gatehouse-${stack}`,
        server: addresses.apiserverProxy,
        certificateAuthorityFile,
      },
      allowedOrigins: [addresses.console],
    },
  }
}
