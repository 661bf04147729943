import type { ControllerConfig } from './config.ts'

interface Subject {
  readonly kind: 'User' | 'Group'
  readonly name: string
}

const RBAC = 'rbac.authorization.k8s.io'

/**
 * The manifest of exactly what the controller needs, for the identity `subject` in its kubeconfig: it sees all
 * namespaces and RoleBindings, changes only RoleBindings of the configured names, and hands out only the
 * configured ClusterRoles (`bind`, since it holds none of their rights itself). `create` cannot be limited by
 * name in RBAC; without `bind` on anything else it is no way to other rights.
 */
export function rights(config: Pick<ControllerConfig, 'bindings' | 'retiredBindings'>, subject: Subject) {
  const name = 'gatehouse-permission-controller'
  const labels = { 'app.kubernetes.io/name': name }
  const kept = config.bindings.map((binding) => binding.name)
  const roles = [...new Set(config.bindings.map(({ clusterRole }) => clusterRole))]
  const rolebindings = { apiGroups: [RBAC], resources: ['rolebindings'] }
  return [
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name, labels },
      rules: [
        { apiGroups: [''], resources: ['namespaces'], verbs: ['list', 'watch'] },
        { ...rolebindings, verbs: ['list', 'watch', 'create'] },
        {
          ...rolebindings,
          resourceNames: [...kept, ...config.retiredBindings],
          verbs: ['get', 'update', 'delete'],
        },
        { apiGroups: [RBAC], resources: ['clusterroles'], resourceNames: roles, verbs: ['bind'] },
      ],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name, labels },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects: [{ apiGroup: RBAC, ...subject }],
    },
  ]
}
