import { ConformanceError } from '../errors.ts'
import type { Api } from '../run/api.ts'
import { untilSo } from '../run/until.ts'
import { type Binding, put, remove, type RbacObject } from './objects.ts'

const RBAC = 'rbac.authorization.k8s.io'
const WITHIN_MS = 20_000

const markerRole: RbacObject = {
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRole',
  metadata: { name: 'gatehouse-mutation-marker' },
  rules: [{ apiGroups: ['gatehouse.localhost'], resources: ['markers'], verbs: ['get'] }],
}

/**
 * Makes waits until the authorizer has seen every change to bindings so far: it follows the bindings of one kind
 * in the order of their changes, so once it knows of a marker that was made after them it knows of them all.
 */
export async function createBarrier(
  api: Api,
  signal: AbortSignal,
): Promise<(like: Binding) => Promise<void>> {
  await put(api, markerRole)
  let count = 0
  return async ({ kind, metadata: { namespace } }) => {
    const user = `gatehouse-mutation-marker-${++count}`
    const marker: RbacObject = {
      apiVersion: `${RBAC}/v1`,
      kind,
      metadata: { name: user, ...(namespace === undefined ? {} : { namespace }) },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: markerRole.metadata.name },
      subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
    }
    await put(api, marker)
    const isSeen = async () => {
      const { text } = await api.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user,
          resourceAttributes: {
            verb: 'get',
            group: 'gatehouse.localhost',
            resource: 'markers',
            namespace: namespace ?? '',
          },
        },
      })
      return (JSON.parse(text) as { status?: { allowed?: boolean } }).status?.allowed === true
    }
    const wasSeen = await untilSo(isSeen, { withinMs: WITHIN_MS, everyMs: 10, signal })
    await remove(api, marker)
    if (!wasSeen)
      throw new ConformanceError('ERR_CLUSTER', `a binding had no effect within ${WITHIN_MS / 1000} s`)
  }
}
