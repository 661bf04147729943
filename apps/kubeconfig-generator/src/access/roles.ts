/** What a project role allows, by resource key: Palette's words, apart from Kubernetes RBAC. */
export type Permissions = ReadonlyMap<string, ReadonlySet<string>>

export interface Role {
  readonly name: string
  readonly permissions: Permissions
}

/** The roles that every project has; custom ones may not take their names. */
export const BUILT_IN_ROLES: readonly Role[] = [
  role('Cluster Admin', ['create', 'delete', 'get', 'import', 'list', 'update']),
  role('Cluster Editor', ['get', 'list', 'update']),
  role('Cluster Viewer', ['get', 'list']),
]

function role(name: string, onClusters: readonly string[]): Role {
  return { name, permissions: new Map([['cluster', new Set(onClusters)]]) }
}

/** Whether a role counts as an administrator's: `delete` on the resource key `cluster`, and nothing else. Pure. */
export function isClusterAdmin({ permissions }: Role): boolean {
  return permissions.get('cluster')?.has('delete') ?? false
}
