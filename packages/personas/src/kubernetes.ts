/** A Kubernetes object as far as this package makes any; ready for server-side apply. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
}

/** `rbac.authorization.k8s.io/v1` PolicyRule. */
export interface PolicyRule {
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
  readonly verbs: readonly string[]
}

export interface ClusterRole extends KubernetesObject {
  readonly kind: 'ClusterRole'
  /** Left out where `aggregationRule` stands: the cluster fills it in. */
  readonly rules?: readonly PolicyRule[]
  readonly aggregationRule?: {
    readonly clusterRoleSelectors: readonly { readonly matchLabels: Readonly<Record<string, string>> }[]
  }
}

export interface Role extends KubernetesObject {
  readonly kind: 'Role'
  readonly rules: readonly PolicyRule[]
}

export interface RoleRef {
  readonly apiGroup: 'rbac.authorization.k8s.io'
  readonly kind: 'ClusterRole' | 'Role'
  readonly name: string
}

export interface GroupSubject {
  readonly apiGroup: 'rbac.authorization.k8s.io'
  readonly kind: 'Group'
  readonly name: string
}

export interface Binding extends KubernetesObject {
  readonly kind: 'ClusterRoleBinding' | 'RoleBinding'
  readonly roleRef: RoleRef
  readonly subjects: readonly GroupSubject[]
}

export const RBAC_GROUP = 'rbac.authorization.k8s.io'
export const RBAC_VERSION = `${RBAC_GROUP}/v1`

/** On every object here, so that what came from this package can be listed and removed. */
export const LABELS: Readonly<Record<string, string>> = { 'app.kubernetes.io/part-of': 'gatehouse-personas' }
