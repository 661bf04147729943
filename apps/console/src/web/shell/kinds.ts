/** A kind that has a place in the navigation. */
export interface NavigationKind {
  readonly title: string
  readonly group: string
  readonly resource: string
}

export interface NavigationSection {
  readonly title: string
  readonly kinds: readonly NavigationKind[]
}

const RBAC = 'rbac.authorization.k8s.io'
const kind = (title: string, group: string, resource: string): NavigationKind => ({ title, group, resource })

/** The kinds of the navigation; every other one is under "All kinds". */
export const SECTIONS: readonly NavigationSection[] = [
  {
    title: 'Cluster',
    kinds: [
      kind('Namespaces', '', 'namespaces'),
      kind('Nodes', '', 'nodes'),
      kind('Events', '', 'events'),
      kind('Custom resource definitions', 'apiextensions.k8s.io', 'customresourcedefinitions'),
    ],
  },
  {
    title: 'Workloads',
    kinds: [
      kind('Deployments', 'apps', 'deployments'),
      kind('Stateful sets', 'apps', 'statefulsets'),
      kind('Daemon sets', 'apps', 'daemonsets'),
      kind('Replica sets', 'apps', 'replicasets'),
      kind('Pods', '', 'pods'),
      kind('Jobs', 'batch', 'jobs'),
      kind('Cron jobs', 'batch', 'cronjobs'),
    ],
  },
  {
    title: 'Configuration',
    kinds: [kind('Config maps', '', 'configmaps'), kind('Secrets', '', 'secrets')],
  },
  {
    title: 'Network',
    kinds: [kind('Services', '', 'services'), kind('Ingresses', 'networking.k8s.io', 'ingresses')],
  },
  {
    title: 'Access',
    kinds: [
      kind('Roles', RBAC, 'roles'),
      kind('Role bindings', RBAC, 'rolebindings'),
      kind('Cluster roles', RBAC, 'clusterroles'),
      kind('Cluster role bindings', RBAC, 'clusterrolebindings'),
      kind('Service accounts', '', 'serviceaccounts'),
    ],
  },
]
