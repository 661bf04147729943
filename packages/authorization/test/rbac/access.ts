import type {
  Attributes,
  BindingSubject,
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacObjects,
  RbacUser,
  Role,
  RoleBinding,
} from '../../src/rbac/index.ts'

/** Roles and bindings in short: what a case gives, and to whom. */
export interface Given {
  readonly rules: readonly PolicyRule[]
  readonly to: BindingSubject
  /** The namespace of the RoleBinding; a ClusterRoleBinding when absent. */
  readonly in?: string
  /** A Role in the namespace of the RoleBinding instead of a ClusterRole. */
  readonly asRole?: true
  /** What the role is called, where it matters. */
  readonly roleName?: string
  /** The binding names a role that does not exist. */
  readonly missing?: true
}

export interface Question {
  readonly user: RbacUser
  readonly attributes: Attributes
}

const API_GROUP = 'rbac.authorization.k8s.io'

/** The objects of one case; `prefix` keeps them apart from those of others. */
export function objectsOf(prefix: string, given: readonly Given[]): RbacObjects {
  const roles: Role[] = []
  const clusterRoles: ClusterRole[] = []
  const roleBindings: RoleBinding[] = []
  const clusterRoleBindings: ClusterRoleBinding[] = []
  for (const [index, { rules, to, in: namespace, asRole, roleName, missing }] of given.entries()) {
    const name = `${prefix}-${index}`
    const roleRef = { apiGroup: API_GROUP, kind: asRole ? 'Role' : 'ClusterRole', name: roleName ?? name }
    const subjects = [to.kind === 'ServiceAccount' ? to : { ...to, apiGroup: API_GROUP }]
    if (!missing) {
      if (asRole && namespace !== undefined)
        roles.push({ metadata: { name: roleRef.name, namespace }, rules })
      else clusterRoles.push({ metadata: { name: roleRef.name }, rules })
    }
    if (namespace === undefined) clusterRoleBindings.push({ metadata: { name }, subjects, roleRef })
    else roleBindings.push({ metadata: { name, namespace }, subjects, roleRef })
  }
  return { roles, clusterRoles, roleBindings, clusterRoleBindings }
}

export function join(all: readonly RbacObjects[]): RbacObjects {
  return {
    roles: all.flatMap(({ roles }) => roles),
    clusterRoles: all.flatMap(({ clusterRoles }) => clusterRoles),
    roleBindings: all.flatMap(({ roleBindings }) => roleBindings),
    clusterRoleBindings: all.flatMap(({ clusterRoleBindings }) => clusterRoleBindings),
  }
}
