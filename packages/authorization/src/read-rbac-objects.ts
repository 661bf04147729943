import { type ClusterConnection, openConnections } from './cluster-connection.ts'
import { AuthorizationError } from './errors.ts'
import type { RbacObjects } from './rbac/index.ts'

const API = '/apis/rbac.authorization.k8s.io/v1'

/**
 * Every role and binding of a cluster, as they are now: four lists, read at the same time.
 *
 * @throws AuthorizationError `ERR_RBAC_UNREADABLE`
 */
export async function readRbacObjects(
  connection: ClusterConnection,
  signal: AbortSignal,
): Promise<RbacObjects> {
  const { agent, headers } = openConnections(connection, {
    maxResponseBytes: 256 * 1024 * 1024,
    userAgent: 'gatehouse',
  })
  const list = async <T>(resource: string): Promise<T[]> => {
    const path = `${API}/${resource}`
    try {
      const response = await agent.request({
        origin: connection.server,
        path,
        method: 'GET',
        headers,
        signal,
      })
      const text = await response.body.text()
      if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${text.slice(0, 500)}`)
      return (JSON.parse(text) as { items: T[] }).items
    } catch (cause) {
      signal.throwIfAborted()
      const message = `the ${resource} of ${connection.server} can't be read: ${(cause as Error).message}`
      throw new AuthorizationError('ERR_RBAC_UNREADABLE', message, { cause })
    }
  }
  try {
    const [roles, clusterRoles, roleBindings, clusterRoleBindings] = await Promise.all([
      list<RbacObjects['roles'][number]>('roles'),
      list<RbacObjects['clusterRoles'][number]>('clusterroles'),
      list<RbacObjects['roleBindings'][number]>('rolebindings'),
      list<RbacObjects['clusterRoleBindings'][number]>('clusterrolebindings'),
    ])
    return { roles, clusterRoles, roleBindings, clusterRoleBindings }
  } finally {
    await agent.destroy()
  }
}
