import { createSecureContext } from 'node:tls'
import type { Credential } from './path.ts'

/** Where a way in listens. */
export interface Endpoint {
  /** https://host:port */
  readonly server: string
  /** PEM; the system's authorities when absent. */
  readonly certificateAuthority?: string | undefined
  /** The name in the server's certificate, where it is not the server's host. */
  readonly tlsServerName?: string | undefined
}

/**
 * Options of TLS connections to `endpoint`, with a client certificate where that is the credential. Authorities and
 * keys are read here once, and not for each connection that is opened with these.
 */
export function tlsOptions({ certificateAuthority, tlsServerName }: Endpoint, credential: Credential) {
  return {
    secureContext: createSecureContext({
      ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
      ...('clientKey' in credential ? { cert: credential.clientCertificate, key: credential.clientKey } : {}),
    }),
    ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
  }
}
