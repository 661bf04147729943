import { join } from 'node:path'

/** The name of the cluster, and where the generator looks for its identity there: whoever has the stack puts it there. */
export const TUNNELLED = 'tunnelled'
export const credentialsFile = (directory: string) => join(directory, 'registrar.yml')

/** The ports that stand in the entry of a cluster, which has to be written before the stack is there. */
export interface FixedPorts {
  readonly apiserver: number
  readonly gatewayHttps: number
}

/**
 * An entry of the catalogue for the own cluster of a stack in `directory`, as if that had no OIDC: its kubeconfig
 * goes through the gateway's TLS tunnel, by a name that the certificate of every API server carries.
 */
export function tunnelledCluster(directory: string, { apiserver, gatewayHttps }: FixedPorts) {
  const certificateAuthorityFile = join(directory, 'default', 'config', 'cluster-ca.pem')
  const tunnel = { server: `https://127.0.0.1:${gatewayHttps}`, tlsServerName: 'kubernetes.default.svc' }
  return {
    id: TUNNELLED,
    name: TUNNELLED,
    project: 'default',
    server: `https://127.0.0.1:${apiserver}`,
    certificateAuthorityFile,
    proxy: { server: 'https://127.0.0.1:9443', certificateAuthorityFile, tunnel },
    credentials: { kubeconfig: credentialsFile(directory) },
  }
}
