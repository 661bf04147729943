import type { BindingSubject, RbacUser } from '../../src/rbac/index.ts'
import type { Given, Question } from './access.ts'

const SERVICE_ACCOUNT = /^(system:serviceaccount:[^:]+:)(.*)$/

/** The same access with names of its own, so that many can stand in one cluster. Pure. */
export function isolate<T extends Question & { readonly given: readonly Given[] }>(
  one: T,
  prefix: string,
): T {
  return {
    ...one,
    user: isolateUser(one.user, prefix),
    given: one.given.map((given) => ({ ...given, to: isolateSubject(given.to, prefix) })),
  }
}

function isolateUser({ name, groups }: RbacUser, prefix: string): RbacUser {
  return { name: rename(name, prefix), groups: groups.map((group) => rename(group, prefix)) }
}

function isolateSubject(subject: BindingSubject, prefix: string): BindingSubject {
  return { ...subject, name: rename(subject.name, prefix) }
}

/** Names that mean something to Kubernetes stay. */
function rename(name: string, prefix: string): string {
  const serviceAccount = SERVICE_ACCOUNT.exec(name)
  if (serviceAccount) return `${serviceAccount[1]}${prefix}-${serviceAccount[2]}`
  return name === '*' || name.startsWith('system:') ? name : `${prefix}-${name}`
}
