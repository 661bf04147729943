import type { Persona } from '../src/index.ts'

/** Where a request goes: to no namespace (all of them, or what is in none), an own one, or one of the system. */
export type Place = 'cluster' | 'own' | 'system'

/** One line of the roles table: these verbs on these resources at this place. */
export interface Row {
  readonly persona: Persona
  readonly place: Place
  readonly allowed: boolean
  readonly verbs: readonly string[]
  /** `resource[.group][/subresource]`, or a path. */
  readonly resources: readonly string[]
  /** The name of the object asked for, where it matters. */
  readonly name?: string
}

const READ = ['get', 'list', 'watch']
const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection']
const ALL = [...READ, ...WRITE]
const RBAC = 'rbac.authorization.k8s.io'
const WORKLOADS = ['deployments.apps', 'pods', 'configmaps', 'services']
const ROLES = [`roles.${RBAC}`, `rolebindings.${RBAC}`]
const NAMESPACED = [...WORKLOADS, 'secrets', 'serviceaccounts', 'jobs.batch', 'pods/exec', ...ROLES]
const CRDS = 'customresourcedefinitions.apiextensions.k8s.io'
const CLUSTER_SCOPED = [
  'namespaces',
  'nodes',
  'persistentvolumes',
  CRDS,
  `clusterroles.${RBAC}`,
  `clusterrolebindings.${RBAC}`,
]
const SELF_REVIEWS = [
  'selfsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
]
const DISCOVERY = ['/api', '/api/v1', '/apis', '/apis/apps/v1', '/openapi/v3', '/version']
const EVERYWHERE: readonly Place[] = ['cluster', 'own', 'system']
const PERSONAS: readonly Persona[] = ['admin', 'viewer', 'namespace-admin', 'developer', 'no-rights']

const may = (
  persona: Persona,
  place: Place,
  verbs: readonly string[],
  resources: readonly string[],
  name?: string,
): Row => ({
  persona,
  place,
  allowed: true,
  verbs,
  resources,
  ...(name === undefined ? {} : { name }),
})
const mayNot = (...row: Parameters<typeof may>): Row => ({ ...may(...row), allowed: false })

/** "Roles and what they may do", line by line. */
export const table: readonly Row[] = [
  // Self subject reviews and discovery are for everybody.
  ...PERSONAS.flatMap((persona) => [
    may(persona, 'cluster', ['create'], SELF_REVIEWS),
    may(persona, 'cluster', ['get'], DISCOVERY),
  ]),

  // Admin: everything, everywhere.
  may('admin', 'cluster', ALL, CLUSTER_SCOPED),
  ...EVERYWHERE.map((place) => may('admin', place, ALL, NAMESPACED)),
  may('admin', 'cluster', ['bind', 'escalate'], [`clusterroles.${RBAC}`]),
  may('admin', 'cluster', ['impersonate'], ['users', 'groups']),
  may('admin', 'cluster', ['get'], ['/metrics', '/logs']),
  may('admin', 'system', ['delete'], ['namespaces'], 'kube-system'),

  // Viewer: reads everywhere, writes nothing, sees no secrets.
  may('viewer', 'cluster', READ, CLUSTER_SCOPED),
  ...EVERYWHERE.flatMap((place) => [
    may('viewer', place, READ, [...WORKLOADS, ...ROLES]),
    mayNot('viewer', place, WRITE, NAMESPACED),
    mayNot('viewer', place, ALL, ['secrets']),
    mayNot(
      'viewer',
      place,
      ['get', 'create'],
      ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy'],
    ),
    mayNot('viewer', place, ['create'], ['serviceaccounts/token']),
    mayNot('viewer', place, ['impersonate'], ['serviceaccounts']),
  ]),
  mayNot('viewer', 'cluster', WRITE, CLUSTER_SCOPED),
  mayNot('viewer', 'cluster', ['impersonate'], ['users', 'groups']),

  // Namespace admin: creates namespaces; in the own ones everything, elsewhere nothing.
  may('namespace-admin', 'cluster', ['create'], ['namespaces']),
  mayNot(
    'namespace-admin',
    'cluster',
    [...READ, 'update', 'patch', 'delete', 'deletecollection'],
    ['namespaces'],
  ),
  mayNot(
    'namespace-admin',
    'cluster',
    ALL,
    CLUSTER_SCOPED.filter((resource) => resource !== 'namespaces'),
  ),
  mayNot('namespace-admin', 'cluster', ALL, NAMESPACED),
  mayNot('namespace-admin', 'cluster', ['impersonate'], ['users', 'groups']),
  may('namespace-admin', 'own', ALL, NAMESPACED),
  may('namespace-admin', 'own', ['bind', 'escalate'], [`roles.${RBAC}`]),
  may('namespace-admin', 'own', ['get', 'update', 'patch', 'delete'], ['namespaces'], 'demo'),
  mayNot('namespace-admin', 'system', ['get', 'update', 'patch', 'delete'], ['namespaces'], 'kube-system'),
  mayNot(
    'namespace-admin',
    'system',
    ALL,
    NAMESPACED.filter((resource) => resource !== 'services'),
  ),
  mayNot('namespace-admin', 'system', ['get', 'watch', ...WRITE], ['services']),

  // Developer: works in the own namespaces, leaves roles alone; elsewhere nothing.
  mayNot('developer', 'cluster', ALL, CLUSTER_SCOPED),
  mayNot('developer', 'cluster', ALL, NAMESPACED),
  may('developer', 'own', [...READ, ...WRITE], [...WORKLOADS, 'secrets']),
  mayNot('developer', 'own', WRITE, ROLES),
  mayNot('developer', 'own', ['bind', 'escalate'], [`roles.${RBAC}`]),
  mayNot('developer', 'own', ['update', 'patch', 'delete'], ['namespaces'], 'demo'),
  mayNot(
    'developer',
    'system',
    ALL,
    NAMESPACED.filter((resource) => resource !== 'services'),
  ),
  mayNot('developer', 'system', ['get', 'watch', ...WRITE], ['services']),
  mayNot('developer', 'system', ['get', 'delete'], ['namespaces'], 'kube-system'),

  // No rights: nothing more.
  mayNot('no-rights', 'cluster', ALL, CLUSTER_SCOPED),
  ...EVERYWHERE.map((place) => mayNot('no-rights', place, ALL, NAMESPACED)),
  mayNot('no-rights', 'cluster', ['get'], ['/metrics', '/logs']),

  // `kubectl cluster-info` lists services in kube-system: for every persona but "no rights".
  ...PERSONAS.map((persona) =>
    (persona === 'no-rights' ? mayNot : may)(persona, 'system', ['list'], ['services']),
  ),
]

/** A row as the name of a test. */
export function sentenceOf({ persona, place, allowed, verbs, resources, name }: Row): string {
  const where = { cluster: 'cluster-wide', own: 'in an own namespace', system: 'in kube-system' }[place]
  const objects = resources.map((target) => target.split('.')[0]).join(' ')
  return `${persona} ${allowed ? 'may' : 'may not'} ${verbs.join(' ')} ${objects}${name ? ` ${name}` : ''} ${where}`
}
