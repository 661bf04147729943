import { type Binding, describeObject } from './objects.ts'

/** A persona as bindings see it. */
export interface Subject {
  readonly id: string
  readonly username: string
  readonly groups: readonly string[]
}

/** One change to one binding. */
export interface MutationPlan {
  readonly kind: 'drop' | 'widen'
  readonly original: Binding
  /** What stands in its place; undefined when nothing does. */
  readonly mutant: Binding | undefined
  readonly description: string
  /** The personas whose rights it may change. */
  readonly affected: readonly string[]
}

/**
 * Every mutation of the bindings that give a persona anything: without it; with somebody more in it, `newcomer`
 * if that one is not yet; and with all rights instead of its role's. Pure.
 */
export function planMutations(
  bindings: readonly Binding[],
  personas: readonly Subject[],
  newcomers: readonly Subject[],
): MutationPlan[] {
  return bindings.flatMap((binding): MutationPlan[] => {
    const bound = personas.filter((persona) => isBound(binding, persona))
    if (bound.length === 0) return []
    const name = describeObject(binding)
    const affected = bound.map(({ id }) => id)
    const newcomer = newcomers.find((persona) => !isBound(binding, persona))
    return [
      { kind: 'drop', original: binding, mutant: undefined, description: `${name} is gone`, affected },
      ...(newcomer
        ? [
            {
              kind: 'widen' as const,
              original: binding,
              mutant: withSubject(binding, newcomer),
              description: `${name} has ${newcomer.username} in it, too`,
              affected: [newcomer.id],
            },
          ]
        : []),
      {
        kind: 'widen',
        original: binding,
        mutant: { ...binding, roleRef: { ...binding.roleRef, kind: 'ClusterRole', name: 'cluster-admin' } },
        description: `${name} gives cluster-admin instead of ${binding.roleRef.name}`,
        affected,
      },
    ]
  })
}

function isBound({ subjects }: Binding, { username, groups }: Subject): boolean {
  return subjects.some(
    ({ kind, name }) => (kind === 'User' && name === username) || (kind === 'Group' && groups.includes(name)),
  )
}

function withSubject(binding: Binding, { username }: Subject): Binding {
  const subject = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: username }
  return { ...binding, subjects: [...binding.subjects, subject] }
}
