import { readFile } from 'node:fs/promises'
import type { KubeConfig, V1OwnerReference } from '@kubernetes/client-node'
import { decodeJwt } from 'jose'

/**
 * The ServiceAccount that the storage acts as, which its Secrets belong to: when it is deleted with everything else
 * of an installation, the cluster's garbage collector deletes them, too. Undefined for every other identity.
 */
export async function readOwner(config: KubeConfig): Promise<V1OwnerReference | undefined> {
  const user = config.getCurrentUser()
  const { tokenFile } = (user?.authProvider as { config?: { tokenFile?: string } } | undefined)?.config ?? {}
  const token = tokenFile === undefined ? user?.token : await readFile(tokenFile, 'utf8')
  return token ? ownerOf(token) : undefined
}

/** What the API server says in the tokens that it issues (k8s.io/kubernetes/pkg/serviceaccount/claims.go). Pure. */
function ownerOf(token: string): V1OwnerReference | undefined {
  // A static token of somebody else is no JWT at all.
  if (token.split('.').length !== 3) return undefined
  const claims = decodeJwt<{ 'kubernetes.io'?: { serviceaccount?: { name?: string; uid?: string } } }>(token)
  const { name, uid } = claims['kubernetes.io']?.serviceaccount ?? {}
  if (name === undefined || uid === undefined) return undefined
  return { apiVersion: 'v1', kind: 'ServiceAccount', name, uid }
}
