import type { Identity } from '@gatehouse/authentication'
import { buildKubeconfig, stringifyKubeconfig } from '@gatehouse/kubeconfig'
import type { Configuration } from './configuration.ts'

/**
 * The kubeconfig of the user whom `token` was issued to: it holds that very token, ends when it ends, and
 * points at the configured server. Pure.
 */
export function kubeconfigFor(options: {
  identity: Identity
  token: string
  cluster: Configuration['cluster']
  certificateAuthority: string
  namespace: string | undefined
}): string {
  const { identity, token, cluster, certificateAuthority, namespace } = options
  const { name, server, tlsServerName } = cluster
  return stringifyKubeconfig(
    buildKubeconfig({
      cluster: { name, server, certificateAuthority, ...(tlsServerName ? { tlsServerName } : {}) },
      user: { name: identity.username, token },
      ...(namespace === undefined ? {} : { namespace }),
      expiresAt: new Date(identity.expiresAt * 1000),
    }),
  )
}
