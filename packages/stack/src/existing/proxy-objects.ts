import type { ServiceAccountName } from '@gatehouse/cluster'
import type { Configuration } from '../configuration.ts'
import type { Manifest } from '../manifests.ts'

const RBAC = 'rbac.authorization.k8s.io'

/**
 * Who the proxy of the stack `name` is on a cluster that somebody else runs. Stacks side by side have different
 * people, so each has an identity of its own. Pure.
 */
export function proxyAccount({ cluster }: Configuration, name: string): ServiceAccountName {
  return {
    // Who has rights in it can act as the proxy. Those who may write there may do anything already.
    namespace: cluster.namespace ?? 'kube-system',
    name: `gatehouse-apiserver-proxy${name === 'default' ? '' : `-${name}`}`,
  }
}

/** Every user and group that the proxy has to act as. */
export interface Impersonated {
  readonly users: readonly string[]
  readonly groups: readonly string[]
}

/** The people of the configuration and their groups; names of the cluster's own (`system:`) are left out. Pure. */
export function impersonatedBy({ identity: { users } }: Configuration): Impersonated {
  const ordinary = (names: readonly string[]) =>
    [...new Set(names)].filter((name) => !name.startsWith('system:')).toSorted()
  return {
    users: ordinary(users.map(({ email }) => email)),
    groups: ordinary(users.flatMap(({ groups }) => groups)),
  }
}

/**
 * What the proxy needs on a cluster that somebody else runs: a ServiceAccount that may act as the people of the
 * configuration and nobody else. Pure.
 */
export function proxyObjects(configuration: Configuration, name: string): Manifest[] {
  const account = proxyAccount(configuration, name)
  const role = account.name
  const { users, groups } = impersonatedBy(configuration)
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: account,
      automountServiceAccountToken: false,
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name: role },
      rules: [
        // A list of no names would mean every name.
        ...(users.length === 0
          ? []
          : [{ apiGroups: [''], resources: ['users'], resourceNames: users, verbs: ['impersonate'] }]),
        {
          apiGroups: [''],
          resources: ['groups'],
          // The group of everybody who logged in; the proxy names it.
          resourceNames: [...groups, 'system:authenticated'],
          verbs: ['impersonate'],
        },
        // These give no rights of their own.
        {
          apiGroups: ['authentication.k8s.io'],
          resources: ['uids', 'userextras/authentication.kubernetes.io/credential-id'],
          verbs: ['impersonate'],
        },
        { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
      ],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: role },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ]
}
