import type { Identity } from '@gatehouse/authentication'
import { BUILT_IN_ROLES, type Role } from '../access/roles.ts'
import type { CatalogueSettings, ClusterSettings, ProjectSettings } from './schema.ts'

/** The catalogue as it is in force, with every PEM file that it names. */
export interface Catalogue {
  readonly clusters: readonly ClusterSettings[]
  readonly clusterOf: (id: string) => ClusterSettings | undefined
  /** The roles that somebody has in a project, by name and by groups. */
  readonly rolesOf: (project: string, caller: Pick<Identity, 'username' | 'groups'>) => readonly Role[]
  /** The content of a PEM file that the catalogue names. */
  readonly pemOf: (file: string) => string
}

/** Makes settings and files ready to be asked. Pure. */
export function catalogueOf(
  { clusters, projects }: CatalogueSettings,
  pems: ReadonlyMap<string, string>,
): Catalogue {
  const byId = new Map(clusters.map((cluster) => [cluster.id, cluster]))
  const byName = new Map(projects.map((project) => [project.name, rolesIn(project)]))
  return {
    clusters,
    clusterOf: (id) => byId.get(id),
    rolesOf: (project, caller) => byName.get(project)?.(caller) ?? [],
    pemOf: (file) => pems.get(file)!,
  }
}

/** Every PEM file that the settings name. Pure. */
export function pemFilesOf({ clusters }: CatalogueSettings): string[] {
  const files = clusters.flatMap(({ certificateAuthorityFile, proxy, oidc }) => [
    certificateAuthorityFile,
    proxy?.certificateAuthorityFile,
    oidc?.clientConfig?.certificateAuthorityFile,
  ])
  return [...new Set(files.filter((file) => file !== undefined))]
}

/** Names are looked up in maps and sets: no name of a role, user or group means anything but itself. */
function rolesIn({
  roles,
  assignments,
}: ProjectSettings): (caller: Pick<Identity, 'username' | 'groups'>) => Role[] {
  const known = new Map<string, Role>(BUILT_IN_ROLES.map((role) => [role.name, role]))
  for (const { name, permissions } of roles) {
    const sets = Object.entries(permissions).map(([key, verbs]) => [key, new Set(verbs)] as const)
    known.set(name, { name, permissions: new Map(sets) })
  }
  const assigned = assignments.map(({ role, users, groups }) => ({
    role: known.get(role)!,
    users: new Set(users),
    groups: new Set(groups),
  }))
  return ({ username, groups }) => [
    ...new Set(
      assigned
        .filter((one) => one.users.has(username) || groups.some((group) => one.groups.has(group)))
        .map(({ role }) => role),
    ),
  ]
}
