import type { RbacUser } from './attributes.ts'
import type { BindingSubject, ClusterRole, RbacObjects, Role, RoleBinding, RoleRef } from './objects.ts'
import { matchingSubject } from './subject-matches.ts'

/** A binding, for people and for JSON; `namespace` of a RoleBinding only. */
export interface BindingName {
  readonly kind: 'ClusterRoleBinding' | 'RoleBinding'
  readonly name: string
  readonly namespace?: string
}

/** A role, likewise. */
export interface RoleName {
  readonly kind: 'ClusterRole' | 'Role'
  readonly name: string
  readonly namespace?: string
}

/** A binding that applies to a user, with its role; no role where the one that it names is not there. */
export interface AppliedBinding {
  readonly binding: BindingName
  readonly subject: BindingSubject
  readonly roleName: RoleName
  readonly role: Role | ClusterRole | undefined
}

/** The roles and bindings of a cluster, ready for questions. */
export interface RbacPolicy {
  /** The bindings of a user that count in `namespace`; without one, the ClusterRoleBindings alone. */
  readonly bindingsOf: (user: RbacUser, namespace: string | undefined) => readonly AppliedBinding[]
  /** The RoleBindings of a user in all other namespaces. */
  readonly bindingsElsewhere: (user: RbacUser, namespace: string | undefined) => readonly AppliedBinding[]
  /** The roles that could be bound for a request in `namespace`, or at the cluster scope without one. */
  readonly rolesFor: (
    namespace: string | undefined,
  ) => readonly { readonly roleName: RoleName; readonly role: Role | ClusterRole }[]
}

/**
 * Indexes the objects of a cluster. A ClusterRole counts with the rules that stand in it, as for the API server,
 * which leaves aggregation to a controller; for objects that no controller has seen, call `aggregate` first. Pure.
 */
export function rbacPolicy(objects: RbacObjects): RbacPolicy {
  const clusterRoles = new Map(objects.clusterRoles.map((role) => [role.metadata.name, role]))
  const roles = groupByNamespace(objects.roles)
  const roleBindings = groupByNamespace(objects.roleBindings)

  const roleOf = ({ kind, name }: RoleRef, namespace: string) =>
    kind === 'ClusterRole'
      ? { roleName: { kind, name } as const, role: clusterRoles.get(name) }
      : { roleName: { kind: 'Role', name, namespace } as const, role: roles.get(namespace)?.get(name) }

  const appliedClusterRoleBindings = (user: RbacUser): AppliedBinding[] =>
    objects.clusterRoleBindings.flatMap(({ metadata: { name }, subjects, roleRef }) => {
      const subject = matchingSubject(subjects, user, '')
      if (subject === undefined) return []
      return [{ binding: { kind: 'ClusterRoleBinding', name }, subject, ...roleOf(roleRef, '') }]
    })

  const appliedRoleBindings = (bindings: Iterable<RoleBinding>, user: RbacUser): AppliedBinding[] =>
    [...bindings].flatMap(({ metadata: { name, namespace }, subjects, roleRef }) => {
      const subject = matchingSubject(subjects, user, namespace)
      if (subject === undefined) return []
      return [{ binding: { kind: 'RoleBinding', name, namespace }, subject, ...roleOf(roleRef, namespace) }]
    })

  return {
    bindingsOf: (user, namespace = '') => [
      ...appliedClusterRoleBindings(user),
      ...appliedRoleBindings(roleBindings.get(namespace)?.values() ?? [], user),
    ],
    bindingsElsewhere: (user, namespace) =>
      appliedRoleBindings(
        objects.roleBindings.filter(({ metadata }) => metadata.namespace !== namespace),
        user,
      ),
    rolesFor: (namespace = '') => [
      ...[...(roles.get(namespace)?.values() ?? [])].map((role) => ({
        roleName: { kind: 'Role' as const, name: role.metadata.name, namespace },
        role,
      })),
      ...objects.clusterRoles.map((role) => ({
        roleName: { kind: 'ClusterRole' as const, name: role.metadata.name },
        role,
      })),
    ],
  }
}

function groupByNamespace<T extends Role | RoleBinding>(objects: readonly T[]): Map<string, Map<string, T>> {
  const groups = new Map<string, Map<string, T>>()
  for (const object of objects) {
    const { namespace, name } = object.metadata
    const group = groups.get(namespace) ?? new Map<string, T>()
    groups.set(namespace, group.set(name, object))
  }
  return groups
}
