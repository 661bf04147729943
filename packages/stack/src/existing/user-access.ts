import type { ServiceAccountName } from '@gatehouse/cluster'
import type { Manifest } from '../manifests.ts'

const RBAC = 'rbac.authorization.k8s.io'
const CLUSTER_WIDE = new Set([
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'PersistentVolume',
  'StorageClass',
])

/**
 * What lets `user` start a stack without writing to the cluster: reading `objects`, and requesting tokens for the
 * proxy's `account`. For an administrator to apply. Pure.
 */
export function userAccess(
  user: string,
  objects: readonly Manifest[],
  account: ServiceAccountName,
): Manifest[] {
  // Names of roles are parts of URLs.
  const name = `gatehouse:start:${user.replaceAll(/[/%]/g, '-')}`
  const subjects = [{ apiGroup: RBAC, kind: 'User', name: user }]
  const clusterWide = objects.filter(({ kind }) => CLUSTER_WIDE.has(kind))
  const namespaced = Map.groupBy(
    objects.filter(({ kind }) => !CLUSTER_WIDE.has(kind)),
    ({ metadata }) => metadata.namespace ?? 'default',
  )
  return [
    ...roleAndBinding('ClusterRole', { name }, rulesToRead(clusterWide), subjects),
    ...[...namespaced].flatMap(([namespace, inside]) => {
      const rules = rulesToRead(inside)
      if (namespace === account.namespace) rules.push(ruleToRequestToken(account))
      return roleAndBinding('Role', { name, namespace }, rules, subjects)
    }),
  ]
}

const ruleToRequestToken = ({ name }: ServiceAccountName) => ({
  apiGroups: [''],
  resources: ['serviceaccounts/token'],
  resourceNames: [name],
  verbs: ['create'],
})

function roleAndBinding(
  kind: 'ClusterRole' | 'Role',
  metadata: Manifest['metadata'],
  rules: readonly object[],
  subjects: readonly object[],
): Manifest[] {
  return [
    { apiVersion: `${RBAC}/v1`, kind, metadata, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: RBAC, kind, name: metadata.name },
      subjects,
    },
  ]
}

/** One rule for each kind, with the names of its objects. */
function rulesToRead(objects: readonly Manifest[]) {
  const kinds = Map.groupBy(objects, ({ apiVersion, kind }) => `${groupOf(apiVersion)}/${pluralOf(kind)}`)
  return [...kinds].map(([key, members]) => ({
    apiGroups: [key.slice(0, key.indexOf('/'))],
    resources: [key.slice(key.indexOf('/') + 1)],
    resourceNames: members.map(({ metadata }) => metadata.name),
    verbs: ['get'],
  }))
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
}

/** As apimachinery guesses (meta.UnsafeGuessKindToResource); right for all kinds of Kubernetes itself. */
function pluralOf(kind: string): string {
  const singular = kind.toLowerCase()
  if (singular === 'endpoints') return singular
  if (singular.endsWith('s')) return `${singular}es`
  return singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`
}
