import { join } from 'node:path'
import { buildKubeconfig, type KubeconfigDocument, writeKubeconfig } from '@gatehouse/kubeconfig'
import { assertOrdinaryIdentity, distinct } from '../identity.ts'
import type { ClusterIdentity } from '../provider.ts'
import type { KubeconfigSource } from './kubeconfig-source.ts'
import type { ServiceAccountName, ServiceAccountToken } from './service-account-token.ts'

/**
 * Writes a kubeconfig with which the administrator acts as somebody else (impersonation): the cluster's own
 * authority signs no certificates for us. For tests and by hand; it holds the administrator's credential.
 *
 * @throws ClusterError `ERR_RESERVED_IDENTITY`
 */
export async function writeImpersonatingKubeconfig(
  directory: string,
  identity: ClusterIdentity,
  { document }: KubeconfigSource,
): Promise<string> {
  assertOrdinaryIdentity(identity)
  const { user } = identity
  const { groups, digest } = distinct(identity)
  const file = join(directory, 'identities', `${digest}.kubeconfig.yaml`)
  const impersonating: KubeconfigDocument = {
    ...document,
    users: document.users.map((entry) => ({
      ...entry,
      user: { ...entry.user, as: user, 'as-groups': groups },
    })),
  }
  await writeKubeconfig(file, impersonating)
  return file
}

/** Writes a kubeconfig with a ServiceAccount's token: nothing of the administrator's is in it. */
export async function writeTokenKubeconfig(
  file: string,
  cluster: string,
  account: ServiceAccountName,
  { token, expiresAt }: ServiceAccountToken,
  { server, certificateAuthority, tlsServerName }: KubeconfigSource,
): Promise<void> {
  const document = buildKubeconfig({
    cluster: { name: cluster, server, certificateAuthority, ...(tlsServerName ? { tlsServerName } : {}) },
    user: { name: `${account.namespace}-${account.name}`, token },
    expiresAt,
  })
  await writeKubeconfig(file, document)
}
