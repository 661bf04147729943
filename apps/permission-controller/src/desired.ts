import type { V1Namespace, V1RoleBinding } from '@kubernetes/client-node'
import type { BindingConfig, ControllerConfig } from './config.ts'

/** On every RoleBinding that the controller keeps; it watches those. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by'
export const MANAGED_BY = 'gatehouse-permission-controller'
const RBAC = 'rbac.authorization.k8s.io'

/**
 * The bindings that should be in `namespace`; undefined when nothing is to be done there because it does not
 * exist or is going away (the API server refuses to create in it and deletes what is in it). Pure.
 */
export function desiredBindings(
  namespace: V1Namespace | undefined,
  { bindings, excludedNamespaces }: Pick<ControllerConfig, 'bindings' | 'excludedNamespaces'>,
): V1RoleBinding[] | undefined {
  const name = namespace?.metadata?.name
  if (!namespace || name === undefined) return undefined
  if (namespace.metadata?.deletionTimestamp || namespace.status?.phase === 'Terminating') return undefined
  return excludedNamespaces.includes(name) ? [] : bindings.map((binding) => roleBinding(name, binding))
}

function roleBinding(namespace: string, { name, group, clusterRole }: BindingConfig): V1RoleBinding {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: clusterRole },
    subjects: [{ apiGroup: RBAC, kind: 'Group', name: group }],
  }
}
