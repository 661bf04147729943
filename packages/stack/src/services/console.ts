import type { CertificateFiles } from '@gatehouse/pki'
import type { Addresses } from '../addresses.ts'
import type { Ports } from '../ports.ts'
import { CLIENT_ID, CONSOLE_CLIENT_ID, SCOPES } from '../clients.ts'
import type { Service } from './service.ts'

/** The scope that puts a client into a token's audience (Dex's cross-client trust). */
const audience = (clientId: string) => `audience:server:client_id:${clientId}`

/** The console: a page, and what its JavaScript must know of this stack. Pure. */
export function consoleService(options: {
  addresses: Addresses
  ports: Ports
  certificate: CertificateFiles
}): Service {
  const { addresses, ports, certificate } = options
  return {
    name: 'console',
    main: import.meta.resolve('@gatehouse/console/main'),
    operationsPort: ports.consoleOperations,
    // The first start, and the first one after a change, bundles the page.
    healthyWithinMs: 180_000,
    configuration: {
      listen: { host: '127.0.0.1', port: ports.console },
      tls: { ...certificate },
      operations: { host: '127.0.0.1', port: ports.consoleOperations },
      page: {
        cluster: addresses.clusterName,
        issuer: addresses.issuer,
        clientId: CONSOLE_CLIENT_ID,
        // With a refresh token the session is renewed without frames, which Dex does not allow.
        scopes: [audience(CLIENT_ID), audience(CONSOLE_CLIENT_ID), ...SCOPES, 'offline_access'],
        apiServer: addresses.apiserver,
        kubeconfigUrl: `${addresses.kubeconfigGenerator}/kube-config`,
      },
    },
  }
}
