import { Agent } from 'undici'

/** How to reach an API server, and as whom: what a kubeconfig's current context says. */
export interface ClusterConnection {
  /** `https://host:port` */
  readonly server: string
  readonly caPem?: string | undefined
  readonly tlsServerName?: string | undefined
  readonly clientCertificatePem?: string | undefined
  readonly clientKeyPem?: string | undefined
  readonly token?: string | undefined
}

const TIMEOUT_MS = 10_000

/** Connections to an API server that stay open, and the headers that say who asks; opened at the first request. */
export function openConnections(
  connection: ClusterConnection,
  { maxResponseBytes, userAgent }: { maxResponseBytes: number; userAgent: string },
): { agent: Agent; headers: Readonly<Record<string, string>> } {
  const { caPem, tlsServerName, clientCertificatePem, clientKeyPem, token } = connection
  const agent = new Agent({
    connections: 32,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    maxResponseSize: maxResponseBytes,
    connect: {
      ca: caPem,
      cert: clientCertificatePem,
      key: clientKeyPem,
      timeout: TIMEOUT_MS,
      ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
    },
  })
  const headers = {
    accept: 'application/json',
    'user-agent': userAgent,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  return { agent, headers }
}
