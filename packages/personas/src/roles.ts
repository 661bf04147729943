import { type ClusterRole, LABELS, type PolicyRule, RBAC_VERSION, type Role } from './kubernetes.ts'

const AGGREGATED = ['essentials', 'view', 'edit', 'developer', 'namespace-admin', 'admin'] as const
type Aggregated = (typeof AGGREGATED)[number]

/** The ClusterRoles that are bound to people, by their part in the story. */
export const ROLE_NAMES = {
  essentials: 'kyma-essentials',
  view: 'kyma-view',
  edit: 'kyma-edit',
  developer: 'kyma-developer',
  'namespace-admin': 'kyma-namespace-admin',
  admin: 'kyma-admin',
  /** Not aggregated, bound cluster-wide: no role inside a namespace can allow to create one. */
  createNamespaces: 'kyma-create-namespaces',
} as const

/** A ClusterRole with this label has its rules added to the role of that name. */
export function aggregationLabel(role: Aggregated): string {
  return `rbac.gatehouse.localhost/aggregate-to-${role}`
}

const READ = ['get', 'list', 'watch']
const EVERYTHING: PolicyRule = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }

/** Kubernetes' own parts of its `view` and `edit`: CRDs extend them by these labels, and so extend ours. */
const BUILT_IN_VIEW = 'rbac.authorization.k8s.io/aggregate-to-view'
const BUILT_IN_EDIT = 'rbac.authorization.k8s.io/aggregate-to-edit'

/** Which labelled ClusterRoles make up each aggregated one. */
const SOURCES: Readonly<Record<Aggregated, readonly string[]>> = {
  essentials: [aggregationLabel('essentials')],
  view: [BUILT_IN_VIEW, aggregationLabel('view')],
  edit: [BUILT_IN_VIEW, BUILT_IN_EDIT, aggregationLabel('view'), aggregationLabel('edit')],
  developer: [
    BUILT_IN_VIEW,
    BUILT_IN_EDIT,
    aggregationLabel('view'),
    aggregationLabel('edit'),
    aggregationLabel('developer'),
  ],
  'namespace-admin': [aggregationLabel('namespace-admin')],
  admin: [aggregationLabel('admin')],
}

/** What is in the aggregated roles beside Kubernetes' own parts. */
const PARTS: readonly { name: string; to: Aggregated; rules: readonly PolicyRule[] }[] = [
  {
    // What `system:basic-user` and `system:discovery` give to everybody, for clusters that took it away.
    name: 'kyma-essentials-self-review',
    to: 'essentials',
    rules: [
      {
        apiGroups: ['authorization.k8s.io'],
        resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
        verbs: ['create'],
      },
      { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
      {
        nonResourceURLs: [
          '/api',
          '/api/*',
          '/apis',
          '/apis/*',
          '/openapi',
          '/openapi/*',
          '/version',
          '/version/',
        ],
        verbs: ['get'],
      },
    ],
  },
  {
    // The built-in view leaves out who may do what, and what belongs to no namespace; both without secrets.
    name: 'kyma-view-access-and-cluster',
    to: 'view',
    rules: [
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
        verbs: READ,
      },
      { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: READ },
      { apiGroups: ['apiregistration.k8s.io'], resources: ['apiservices'], verbs: READ },
      { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: READ },
      { apiGroups: [''], resources: ['nodes', 'persistentvolumes'], verbs: READ },
    ],
  },
  {
    // Bound inside a namespace this is also the namespace itself: requests for it carry its name as their
    // namespace (k8s.io/apiserver/pkg/endpoints/request/requestinfo.go), so it may be deleted, and no other.
    name: 'kyma-namespace-admin-everything',
    to: 'namespace-admin',
    rules: [EVERYTHING],
  },
  {
    name: 'kyma-admin-everything',
    to: 'admin',
    rules: [EVERYTHING, { nonResourceURLs: ['*'], verbs: ['*'] }],
  },
]

/** The aggregated ClusterRoles, their parts, and the one that lets namespaces be created. */
export function clusterRoles(): ClusterRole[] {
  return [
    ...PARTS.map(({ name, to, rules }): ClusterRole => ({
      apiVersion: RBAC_VERSION,
      kind: 'ClusterRole',
      metadata: { name, labels: { ...LABELS, [aggregationLabel(to)]: 'true' } },
      rules,
    })),
    ...AGGREGATED.map((role): ClusterRole => ({
      apiVersion: RBAC_VERSION,
      kind: 'ClusterRole',
      metadata: { name: ROLE_NAMES[role], labels: LABELS },
      aggregationRule: {
        clusterRoleSelectors: SOURCES[role].map((label) => ({ matchLabels: { [label]: 'true' } })),
      },
    })),
    {
      apiVersion: RBAC_VERSION,
      kind: 'ClusterRole',
      metadata: { name: ROLE_NAMES.createNamespaces, labels: LABELS },
      rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['create'] }],
    },
  ]
}

/** What `kubectl cluster-info` asks for: the services of kube-system. */
export const clusterInfoRole: Role = {
  apiVersion: RBAC_VERSION,
  kind: 'Role',
  metadata: { name: 'kyma-cluster-info', namespace: 'kube-system', labels: LABELS },
  rules: [{ apiGroups: [''], resources: ['services'], verbs: ['list'] }],
}
