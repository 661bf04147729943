import { type Attributes, isResourceRequest, namespaceOf, type RbacUser } from './attributes.ts'
import type { PolicyRule } from './objects.ts'
import type { AppliedBinding, BindingName, RbacPolicy, RoleName } from './policy.ts'
import {
  apiGroupMatches,
  resourceMatches,
  resourceNameMatches,
  ruleAllows,
  verbMatches,
} from './rule-allows.ts'

/** A role that would allow what is denied. */
export interface NearestRole {
  readonly role: RoleName
  readonly rule: PolicyRule
  readonly ruleIndex: number
}

/** A rule that the user has, and that misses the request by one thing. */
export interface NearMiss {
  readonly binding: BindingName
  readonly role: RoleName
  readonly rule: PolicyRule
  readonly ruleIndex: number
  readonly misses: 'namespace' | 'verb' | 'subresource' | 'resourceName' | 'apiGroup'
  /** Further namespaces in which a binding of that name gives the same; for `misses: 'namespace'` only. */
  readonly alsoIn?: readonly string[]
}

/**
 * The roles that would allow a request if they were bound to the user: at most `limit`, those that allow the least
 * beyond it first, and those that a cluster keeps for its own components (`system:`) last. Pure.
 */
export function nearestRoles(policy: RbacPolicy, attributes: Attributes, limit = 3): NearestRole[] {
  return policy
    .rolesFor(namespaceOf(attributes))
    .flatMap(({ roleName, role }) => {
      const rules = role.rules ?? []
      const ruleIndex = rules.findIndex((rule) => ruleAllows(rule, attributes))
      if (ruleIndex === -1) return []
      return [{ role: roleName, rule: rules[ruleIndex]!, ruleIndex, breadth: breadthOf(rules) }]
    })
    .toSorted(
      (a, b) =>
        Number(isOfSystem(a.role)) - Number(isOfSystem(b.role)) ||
        a.breadth - b.breadth ||
        a.role.name.localeCompare(b.role.name),
    )
    .slice(0, limit)
    .map(({ role, rule, ruleIndex }) => ({ role, rule, ruleIndex }))
}

/** How much rules allow: verbs times what they are for. An asterisk counts as many. */
function breadthOf(rules: readonly PolicyRule[]): number {
  const size = (list: readonly string[] | null | undefined, wildcard: number) =>
    (list ?? []).reduce((sum, entry) => sum + (entry.includes('*') ? wildcard : 1), 0)
  return rules.reduce((sum, { verbs, apiGroups, resources, resourceNames, nonResourceURLs }) => {
    const objects = size(apiGroups, 20) * size(resources, 50) * (resourceNames?.length ? 0.5 : 1)
    return sum + size(verbs, 10) * (objects + size(nonResourceURLs, 50))
  }, 0)
}

function isOfSystem({ name }: RoleName): boolean {
  return name.startsWith('system:')
}

/** What a user's own rules lack for a request that is denied: at most `limit`, one for each rule. Pure. */
export function nearMisses(
  policy: RbacPolicy,
  user: RbacUser,
  attributes: Attributes,
  limit = 3,
): NearMiss[] {
  const namespace = namespaceOf(attributes)
  const elsewhere = collect(policy.bindingsElsewhere(user, namespace), (rule) =>
    ruleAllows(rule, attributes) ? 'namespace' : undefined,
  )
  const here = collect(policy.bindingsOf(user, namespace), (rule) => lackOf(rule, attributes))
  return [...here, ...mergeNamespaces(elsewhere)]
    .toSorted((a, b) => ORDER[a.misses] - ORDER[b.misses])
    .slice(0, limit)
}

/** Controllers keep the same binding in many namespaces; it is one reason. */
function mergeNamespaces(misses: readonly NearMiss[]): NearMiss[] {
  const merged = new Map<string, NearMiss>()
  for (const miss of misses) {
    const { binding, role, ruleIndex } = miss
    const key = JSON.stringify([binding.name, role.kind, role.name, ruleIndex])
    const known = merged.get(key)
    const alsoIn = known && [...(known.alsoIn ?? []), binding.namespace!]
    merged.set(key, known && alsoIn ? { ...known, alsoIn } : miss)
  }
  return [...merged.values()]
}

/** What says most about a mistake comes first. */
const ORDER = { namespace: 0, resourceName: 1, subresource: 2, apiGroup: 3, verb: 4 } as const

function collect(
  bindings: readonly AppliedBinding[],
  judge: (rule: PolicyRule) => NearMiss['misses'] | undefined,
): NearMiss[] {
  return bindings.flatMap(({ binding, roleName, role }) =>
    (role?.rules ?? []).flatMap((rule, ruleIndex) => {
      const misses = judge(rule)
      return misses === undefined ? [] : [{ binding, role: roleName, rule, ruleIndex, misses }]
    }),
  )
}

function lackOf(rule: PolicyRule, attributes: Attributes): NearMiss['misses'] | undefined {
  if (!isResourceRequest(attributes)) return undefined
  const { verb, apiGroup = '', resource, subresource = '', name = '' } = attributes
  const lacks: (NearMiss['misses'] | 'resource')[] = []
  if (!verbMatches(rule, verb)) lacks.push('verb')
  if (!apiGroupMatches(rule, apiGroup)) lacks.push('apiGroup')
  if (!resourceNameMatches(rule, name)) lacks.push('resourceName')
  if (!resourceMatches(rule, attributes)) {
    lacks.push(subresource !== '' && resourceMatches(rule, { resource }) ? 'subresource' : 'resource')
  }
  const [only, ...others] = lacks
  return others.length === 0 && only !== 'resource' ? only : undefined
}
