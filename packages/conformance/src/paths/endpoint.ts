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

/** Options of a TLS connection to `endpoint`, with a client certificate where that is the credential. Pure. */
export function tlsOptions({ certificateAuthority, tlsServerName }: Endpoint, credential: Credential) {
  return {
    ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
    ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
    ...('clientKey' in credential ? { cert: credential.clientCertificate, key: credential.clientKey } : {}),
  }
}
