import { labelSelectorMatches } from './label-selector-matches.ts'
import type { ClusterRole, PolicyRule } from './objects.ts'

/**
 * The ClusterRoles with the rules that the aggregation controller gives those with an `aggregationRule`
 * (pkg/controller/clusterroleaggregation): for each selector the rules of the other roles that it meets, by the
 * roles' names, each rule once; what stood in the role is replaced. Repeated until nothing changes, since
 * aggregated roles feed others. Roles that feed each other in a ring never come to rest in a cluster either; here
 * they end after as many rounds as there are roles, which is enough for everything else. Pure.
 */
export function aggregate(clusterRoles: readonly ClusterRole[]): ClusterRole[] {
  const current = clusterRoles.toSorted((a, b) => compare(a.metadata.name, b.metadata.name))
  let changed = true
  for (let round = 0; changed && round < clusterRoles.length; round++) {
    changed = false
    for (const [index, role] of current.entries()) {
      const rules = aggregatedRules(role, current)
      if (rules === undefined || isSame(rules, role.rules ?? [])) continue
      changed = true
      current[index] = { ...role, rules }
    }
  }
  return current
}

/** Undefined for a role that is not aggregated. */
function aggregatedRules(
  { metadata, aggregationRule }: ClusterRole,
  all: readonly ClusterRole[],
): PolicyRule[] | undefined {
  if (!aggregationRule) return undefined
  const rules = new Map<string, PolicyRule>()
  for (const selector of aggregationRule.clusterRoleSelectors ?? []) {
    for (const other of all) {
      if (other.metadata.name === metadata.name) continue
      if (!labelSelectorMatches(selector, other.metadata.labels ?? {})) continue
      for (const rule of other.rules ?? []) {
        const key = keyOf(rule)
        if (!rules.has(key)) rules.set(key, rule)
      }
    }
  }
  return [...rules.values()]
}

/** Rules are the same when they say the same in the same order; absent and empty are no difference. */
function keyOf({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  return JSON.stringify(
    [verbs, apiGroups, resources, resourceNames, nonResourceURLs].map((list) => list ?? []),
  )
}

function isSame(a: readonly PolicyRule[], b: readonly PolicyRule[]): boolean {
  return a.length === b.length && a.every((rule, index) => keyOf(rule) === keyOf(b[index]!))
}

/** The order of Go's strings, for names, which are ASCII. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
