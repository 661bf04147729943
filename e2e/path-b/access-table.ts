/** The five people in the order of the table's columns: how a sentence names them, and how they log in. */
export const PERSONAS = [
  { persona: 'the admin', email: 'admin@kyma.cx' },
  { persona: 'the viewer', email: 'read-only-user@kyma.cx' },
  { persona: 'the namespace admin', email: 'namespace.admin@kyma.cx' },
  { persona: 'the developer', email: 'developer@kyma.cx' },
  { persona: 'somebody without rights', email: 'no-rights-user@kyma.cx' },
] as const
export type Persona = (typeof PERSONAS)[number]['persona']

/** Where a command goes: an own namespace, one of the system's, all of them (or what is in none). */
export type Place = 'own' | 'system' | 'cluster'

/** A for the admin, V viewer, N namespace admin, D developer, 0 no rights; `-` for who may not. */
type Who = `${'A' | '-'} ${'V' | '-'} ${'N' | '-'} ${'D' | '-'} ${'0' | '-'}`
type Row = readonly [commands: string, resources: string, place: Place, who: Who]

/**
 * Who may do what, where: commands separated by commas, each with every resource of the row. What is not
 * allowed must be denied in the API server's words; what is allowed must have had its effect.
 */
export const TABLE: readonly Row[] = [
  // Everybody: what needs no rights, discovery and reviews of oneself.
  ['config view, auth whoami, auth can-i --list', '', 'cluster', 'A V N D 0'],
  ['version, api-versions, api-resources', '', 'cluster', 'A V N D 0'],
  ['get --raw', '/version /openapi/v3', 'cluster', 'A V N D 0'],
  ['get --raw', '/metrics', 'cluster', 'A - - - -'],
  // Lists the services of kube-system, which every persona but the last may, and nothing else there.
  ['cluster-info', '', 'cluster', 'A V N D -'],

  // What belongs to no namespace.
  ['get, list', 'nodes customresourcedefinitions clusterroles clusterrolebindings', 'cluster', 'A V - - -'],
  ['create, patch, delete', 'nodes customresourcedefinitions', 'cluster', 'A - - - -'],
  ['create, patch, delete', 'clusterroles clusterrolebindings', 'cluster', 'A - - - -'],
  ['get --all-namespaces', 'deployments pods configmaps roles', 'cluster', 'A V - - -'],
  ['get --all-namespaces', 'secrets', 'cluster', 'A - - - -'],
  ['list, watch', 'namespaces', 'cluster', 'A V - - -'],
  ['create', 'namespaces', 'cluster', 'A - N - -'],
  ['get', 'namespaces', 'own', 'A V N D -'],
  ['patch, delete', 'namespaces', 'own', 'A - N - -'],
  ['get', 'namespaces', 'system', 'A V - - -'],
  ['patch, delete --dry-run=server', 'namespaces', 'system', 'A - - - -'],

  // An own namespace.
  ['get, list', 'deployments pods configmaps services roles rolebindings', 'own', 'A V N D -'],
  ['create, patch, delete', 'deployments pods configmaps services', 'own', 'A - N D -'],
  ['get, list, create, patch, delete', 'secrets', 'own', 'A - N D -'],
  ['create, patch, delete', 'roles rolebindings', 'own', 'A - N - -'],
  ['watch', 'configmaps', 'own', 'A V N D -'],
  ['watch', 'secrets', 'own', 'A - N D -'],
  ['apply, apply --server-side, edit', 'configmaps', 'own', 'A - N D -'],
  ['logs', 'pods', 'own', 'A V N D -'],
  ['exec, attach, cp, port-forward', 'pods', 'own', 'A - N D -'],
  ['scale, rollout restart', 'deployments', 'own', 'A - N D -'],
  ['rollout status', 'deployments', 'own', 'A V N D -'],
  ['proxy', 'configmaps', 'own', 'A V N D -'],
  ['proxy', 'secrets', 'own', 'A - N D -'],

  // A namespace of the system.
  ['get, list', 'deployments pods configmaps roles rolebindings', 'system', 'A V - - -'],
  ['get', 'services', 'system', 'A V - - -'],
  ['list', 'services', 'system', 'A V N D -'],
  ['create, patch, delete', 'deployments pods configmaps services', 'system', 'A - - - -'],
  ['get, list, create, patch, delete', 'secrets', 'system', 'A - - - -'],
  ['create, patch, delete', 'roles rolebindings', 'system', 'A - - - -'],
  ['watch', 'configmaps', 'system', 'A V - - -'],
  ['watch', 'secrets', 'system', 'A - - - -'],
  ['apply, apply --server-side, edit', 'configmaps', 'system', 'A - - - -'],
  ['logs', 'pods', 'system', 'A V - - -'],
  ['exec, attach, cp, port-forward', 'pods', 'system', 'A - - - -'],
  ['scale, rollout restart', 'deployments', 'system', 'A - - - -'],
  ['rollout status', 'deployments', 'system', 'A V - - -'],
  ['proxy', 'configmaps', 'system', 'A V - - -'],
  ['proxy', 'secrets', 'system', 'A - - - -'],

  // What kubectl says beforehand is what the cells above found.
  ['auth can-i create', 'deployments secrets', 'own', 'A - N D -'],
  ['auth can-i delete', 'roles', 'own', 'A - N - -'],
  ['auth can-i get', 'pods', 'system', 'A V - - -'],
  ['auth can-i get', 'secrets', 'system', 'A - - - -'],
  ['auth can-i list', 'nodes', 'cluster', 'A V - - -'],
  ['auth can-i create', 'namespaces', 'cluster', 'A - N - -'],
  ['auth can-i create', 'clusterrolebindings', 'cluster', 'A - - - -'],
]

/** One question with one answer. */
export interface Cell {
  readonly persona: Persona
  readonly email: string
  readonly command: string
  /** Empty where the command is about no resource. */
  readonly resource: string
  readonly place: Place
  readonly allowed: boolean
}

/** All cells of the table; a cell that stands there twice is an error. */
export const cells: readonly Cell[] = TABLE.flatMap(([commands, resources, place, who]) =>
  commands.split(', ').flatMap((command) =>
    resources.split(' ').flatMap((resource) =>
      PERSONAS.map((person, column): Cell => {
        const allowed = who.split(' ')[column] !== '-'
        return { ...person, command, resource, place, allowed }
      }),
    ),
  ),
)

/** What is asked for in a cell, in words. */
export function requestOf({ command, resource, place }: Cell): string {
  const where = { own: ' in an own namespace', system: ' in a namespace of the system', cluster: '' }[place]
  return `${command}${resource && ` ${resource}`}${where}`
}

const key = ({ persona, command, resource, place }: Omit<Cell, 'allowed' | 'email'>) =>
  [persona, command, resource, place].join('/')
const byKey = new Map(cells.map((cell) => [key(cell), cell]))
if (byKey.size !== cells.length) throw new Error('the table answers a question twice')

/** What the table says about `question`; undefined where it does not say. */
export function verdict(question: Omit<Cell, 'allowed' | 'email'>): boolean | undefined {
  return byKey.get(key(question))?.allowed
}
