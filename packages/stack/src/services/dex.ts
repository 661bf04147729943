import { join } from 'node:path'
import type { CertificateFiles } from '@gatehouse/pki'
import type { Addresses } from '../addresses.ts'
import { CLIENT_ID, CONSOLE_CLIENT_ID } from '../clients.ts'
import type { Configuration } from '../configuration.ts'
import type { Person } from '../people.ts'
import type { Ports } from '../ports.ts'
import type { StateDirectory } from '../state-directory.ts'
import type { Service } from './service.ts'

/** dex in Dex's own configuration format. Pure. */
export function dexService(options: {
  addresses: Addresses
  ports: Ports
  state: StateDirectory
  certificate: CertificateFiles
  people: readonly Person[]
  identity: Configuration['identity']
}): Service {
  const { addresses, ports, state, certificate, people, identity } = options
  const { containerGateway } = addresses
  return {
    name: 'dex',
    main: import.meta.resolve('@gatehouse/dex/main'),
    operationsPort: ports.dexOperations,
    configuration: {
      issuer: addresses.issuer,
      storage: { type: 'sqlite3', config: { file: join(state.data, 'dex.sqlite') } },
      web: {
        https: `127.0.0.1:${ports.dex}`,
        tlsCert: certificate.certificateFile,
        tlsKey: certificate.keyFile,
        // The console's pages ask for tokens themselves.
        allowedOrigins: [addresses.console],
        // The gateway says whose request it is; the limit on guesses is per address.
        clientRemoteIP: { header: 'X-Forwarded-For', trustedProxies: ['127.0.0.1/32'] },
      },
      telemetry: { http: `127.0.0.1:${ports.dexOperations}` },
      // With one connector, too, people see which ways in there are.
      oauth2: { skipApprovalScreen: true, alwaysShowLoginScreen: true },
      enablePasswordDB: true,
      staticClients: [
        // Public and without redirect URIs: any port of loopback (RFC 8252 section 7.3), and the device flow.
        {
          id: CLIENT_ID,
          name: 'Gatehouse',
          public: true,
          trustedPeers: [CONSOLE_CLIENT_ID],
        },
        {
          id: CONSOLE_CLIENT_ID,
          name: 'Gatehouse Console',
          public: true,
          redirectURIs: [`${addresses.console}/signed-in`],
          postLogoutRedirectURIs: [`${addresses.console}/signed-out`],
        },
        ...identity.clients.map(({ id, name, secret, redirectURIs }) => ({
          id,
          name: name ?? id,
          ...(secret === undefined ? { public: true } : { secret }),
          redirectURIs: [...redirectURIs],
        })),
      ],
      expiry: { idTokens: identity.idTokenLifetime },
      gatehouse: {
        // The cluster's network alone leads there, so its port is as free as that of loopback.
        ...(containerGateway === undefined ? {} : { alsoHttps: [`${containerGateway}:${ports.dex}`] }),
        ...(identity.testPowers
          ? {
              testPowers: {
                listen: { host: '127.0.0.1', port: ports.dexTestPowers },
                secretFile: state.dexTestPowersSecretFile,
              },
            }
          : {}),
      },
      staticPasswords: people.map(({ email, name, userID, groups, hash }) => ({
        email,
        hash,
        username: name,
        userID,
        groups: [...groups],
      })),
    },
  }
}
