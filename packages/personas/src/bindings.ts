import {
  type Binding,
  type GroupSubject,
  LABELS,
  RBAC_GROUP,
  RBAC_VERSION,
  type RoleRef,
} from './kubernetes.ts'
import { type Group, GROUPS } from './people.ts'
import { clusterInfoRole, ROLE_NAMES } from './roles.ts'

export interface BindingOptions {
  /** What the API server puts before the groups of an ID token (`groupsPrefix` of the issuer). */
  readonly groupsPrefix?: string
}

/** Namespaces of the cluster itself, in which only cluster-wide rights hold. */
export const systemNamespaces: readonly string[] = ['kube-system', 'kube-public', 'kube-node-lease']

/** A group that gets a ClusterRole in every namespace but the system's. */
export interface NamespaceBinding {
  readonly name: string
  readonly group: string
  readonly clusterRole: string
}

/**
 * What RBAC alone cannot say, and the permission-controller therefore keeps: who has which role in every
 * namespace that is not the system's. A namespace is "own" to namespace admins and developers in this sense.
 */
export function namespaceBindings({ groupsPrefix = '' }: BindingOptions = {}): NamespaceBinding[] {
  const entry = (group: Group, role: 'namespace-admin' | 'developer'): NamespaceBinding => ({
    name: `${ROLE_NAMES[role]}s`,
    group: `${groupsPrefix}${group}`,
    clusterRole: ROLE_NAMES[role],
  })
  return [entry('runtimeNamespaceAdmin', 'namespace-admin'), entry('runtimeDeveloper', 'developer')]
}

/** The bindings that hold cluster-wide, and the one in kube-system. */
export function bindings({ groupsPrefix = '' }: BindingOptions = {}): Binding[] {
  const subjects = (groups: readonly Group[]): GroupSubject[] =>
    groups.map((group) => ({ apiGroup: RBAC_GROUP, kind: 'Group', name: `${groupsPrefix}${group}` }))
  const everywhere = (name: string, role: keyof typeof ROLE_NAMES, ...groups: Group[]): Binding => ({
    apiVersion: RBAC_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: LABELS },
    roleRef: clusterRoleRef(ROLE_NAMES[role]),
    subjects: subjects(groups),
  })
  return [
    everywhere('kyma-essentials', 'essentials', ...GROUPS),
    everywhere('kyma-admins', 'admin', 'runtimeAdmin'),
    everywhere('kyma-viewers', 'view', 'runtimeOperator'),
    everywhere('kyma-namespace-creators', 'createNamespaces', 'runtimeNamespaceAdmin'),
    {
      apiVersion: RBAC_VERSION,
      kind: 'RoleBinding',
      metadata: { name: 'kyma-cluster-info', namespace: 'kube-system', labels: LABELS },
      roleRef: { apiGroup: RBAC_GROUP, kind: 'Role', name: clusterInfoRole.metadata.name },
      subjects: subjects(GROUPS),
    },
  ]
}

function clusterRoleRef(name: string): RoleRef {
  return { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name }
}
