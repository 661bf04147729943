/** `rbac.authorization.k8s.io/v1` objects, as far as decisions depend on them; null is how Go writes an empty list. */
export interface PolicyRule {
  readonly apiGroups?: readonly string[] | null
  readonly resources?: readonly string[] | null
  readonly resourceNames?: readonly string[] | null
  readonly nonResourceURLs?: readonly string[] | null
  readonly verbs?: readonly string[] | null
}

interface Metadata {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>> | null
}

interface NamespacedMetadata extends Metadata {
  readonly namespace: string
}

export interface Role {
  readonly metadata: NamespacedMetadata
  readonly rules?: readonly PolicyRule[] | null
}

export interface ClusterRole {
  readonly metadata: Metadata
  readonly rules?: readonly PolicyRule[] | null
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] | null } | null
}

/** `meta/v1` LabelSelector: all of its requirements hold. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | null
  readonly matchExpressions?:
    | readonly {
        readonly key: string
        readonly operator: string
        readonly values?: readonly string[] | null
      }[]
    | null
}

export interface RoleRef {
  readonly kind: string
  readonly name: string
}

export interface BindingSubject {
  readonly kind: string
  readonly name: string
  /** Of a ServiceAccount; a RoleBinding's own namespace when absent. */
  readonly namespace?: string
}

export interface ClusterRoleBinding {
  readonly metadata: Metadata
  readonly subjects?: readonly BindingSubject[] | null
  readonly roleRef: RoleRef
}

export interface RoleBinding extends ClusterRoleBinding {
  readonly metadata: NamespacedMetadata
}

/** Everything of a cluster that RBAC looks at. */
export interface RbacObjects {
  readonly roles: readonly Role[]
  readonly clusterRoles: readonly ClusterRole[]
  readonly roleBindings: readonly RoleBinding[]
  readonly clusterRoleBindings: readonly ClusterRoleBinding[]
}
