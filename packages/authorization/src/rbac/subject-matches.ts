import type { RbacUser } from './attributes.ts'
import type { BindingSubject } from './objects.ts'

/**
 * The first subject of a binding that is this user: `appliesTo` of
 * k8s.io/kubernetes/pkg/registry/rbac/validation/rule.go. `namespace` is a RoleBinding's own, empty for a
 * ClusterRoleBinding. Pure.
 */
export function matchingSubject(
  subjects: readonly BindingSubject[] | null | undefined,
  user: RbacUser,
  namespace: string,
): BindingSubject | undefined {
  return subjects?.find((subject) => isUser(subject, user, namespace))
}

function isUser(subject: BindingSubject, { name, groups }: RbacUser, bindingNamespace: string): boolean {
  switch (subject.kind) {
    case 'User':
      return name === subject.name
    case 'Group':
      return groups.includes(subject.name)
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace
      return namespace !== '' && name === `system:serviceaccount:${namespace}:${subject.name}`
    }
    default:
      return false
  }
}
