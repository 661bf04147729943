import type { IssuerSettingsInput } from '@gatehouse/authentication/issuer-settings'
import type { CertificateFiles } from '@gatehouse/pki'
import type { Addresses } from '../addresses.ts'
import type { Configuration } from '../configuration.ts'
import type { Ports } from '../ports.ts'
import { DRAIN_SECONDS, type Service } from './service.ts'

/** The proxy in front of the API server. Pure. */
export function apiserverProxyService(options: {
  addresses: Addresses
  ports: Ports
  listenHost: string
  certificate: CertificateFiles
  issuer: IssuerSettingsInput
  /** The proxy's own kubeconfig: an identity that may only impersonate and ask for reviews. */
  upstreamKubeconfig: string
  /** The users and tokens that it refuses. */
  revocationsFile: string
  /** Whether that identity may act as everybody, or as the configured people alone. */
  actsAsAnyone: boolean
  /** Where spans go, if anywhere. */
  tracing: Configuration['tracing']
}): Service {
  const { addresses, ports, listenHost, certificate, issuer } = options
  const { upstreamKubeconfig, revocationsFile, actsAsAnyone, tracing } = options
  return {
    name: 'apiserver-proxy',
    main: import.meta.resolve('@gatehouse/apiserver-proxy/main'),
    operationsPort: ports.apiserverProxyOperations,
    dependsOn: ['dex'],
    configuration: {
      listen: { host: listenHost, port: ports.apiserverProxy },
      tls: { ...certificate },
      operations: { host: '127.0.0.1', port: ports.apiserverProxyOperations },
      upstream: { kubeconfig: upstreamKubeconfig },
      issuers: [issuer],
      revocations: { file: revocationsFile },
      cors: { allowedOrigins: [addresses.console] },
      // Whoever is given a ServiceAccount's token may use it at the server that the kubeconfig names.
      passThrough: actsAsAnyone ? 'serviceAccounts' : 'off',
      impersonation: actsAsAnyone ? 'authorized' : 'off',
      ...(tracing === undefined ? {} : { tracing }),
      timeouts: { drainSeconds: DRAIN_SECONDS },
    },
  }
}
