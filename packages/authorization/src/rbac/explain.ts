import { type Attributes, isResourceRequest, namespaceOf, type RbacUser } from './attributes.ts'
import {
  describeAttributes,
  describeBinding,
  describeGroups,
  describeRole,
  describeRule,
  describeSubject,
  enumerate,
} from './describe.ts'
import { evaluate, type Grant, type RbacDecision } from './evaluate.ts'
import { type NearestRole, nearestRoles, type NearMiss, nearMisses } from './nearest.ts'
import type { PolicyRule } from './objects.ts'
import type { RbacPolicy } from './policy.ts'

/** Why a request is allowed, or what it lacks. */
export interface Explanation extends RbacDecision {
  /** Roles that would allow it; empty for what is allowed. */
  readonly nearest: readonly NearestRole[]
  /** Rules of the user that almost allow it; empty for what is allowed. */
  readonly nearMisses: readonly NearMiss[]
  /** The same for people; the first sentence is the decision. */
  readonly sentences: readonly string[]
}

/** Decides, and says why in sentences. Pure. */
export function explain(policy: RbacPolicy, user: RbacUser, attributes: Attributes): Explanation {
  const decision = evaluate(policy, user, attributes)
  const nearest = decision.allowed ? [] : nearestRoles(policy, attributes)
  const misses = decision.allowed ? [] : nearMisses(policy, user, attributes)
  const may = decision.allowed ? 'may' : 'may not'
  const sentences = [
    `${user.name} ${may} ${describeAttributes(attributes)}.`,
    ...(decision.bypassed
      ? ['Members of the group system:masters may do everything; RBAC is not asked.']
      : []),
    ...decision.grants.map(describeGrant),
    ...misses.map((miss) => describeNearMiss(miss, attributes)),
    ...decision.dangling.map(
      ({ binding, role }) =>
        `${describeBinding(binding)} gives nothing: the ${describeRole(role)} does not exist.`,
    ),
    ...(decision.allowed ? [] : describeNearest(nearest, attributes)),
  ]
  return { ...decision, nearest, nearMisses: misses, sentences }
}

function describeGrant({ binding, subject, role, rule, ruleIndex }: Grant): string {
  return `${describeBinding(binding)} gives ${describeSubject(subject, binding)} the ${describeRole(role)}, whose rule ${ruleIndex + 1} allows ${describeRule(rule)}.`
}

function describeNearMiss(
  { binding, role, rule, ruleIndex, misses, alsoIn = [] }: NearMiss,
  attributes: Attributes,
): string {
  if (misses === 'namespace') {
    return `${describeBinding(binding, alsoIn)} gives the ${describeRole(role)}, which would allow it, but there only.`
  }
  return `${describeBinding(binding)} gives the ${describeRole(role)}, whose rule ${ruleIndex + 1} ${LACKS[misses](rule, attributes)}.`
}

/** What the rule of a near miss does instead. */
const LACKS: Readonly<
  Record<Exclude<NearMiss['misses'], 'namespace'>, (rule: PolicyRule, attributes: Attributes) => string>
> = {
  resourceName: ({ resourceNames }, attributes) => {
    const names = enumerate((resourceNames ?? []).map((name) => `"${name}"`))
    const isUnnamed = isResourceRequest(attributes) && !attributes.name
    return `allows it for ${names} alone${isUnnamed ? ', and this request names none' : ''}`
  },
  subresource: () => 'covers the resource, but not this subresource',
  apiGroup: ({ apiGroups }) => `is for the API group ${describeGroups(apiGroups)}`,
  verb: ({ verbs }) => `allows to ${enumerate(verbs ?? [])} there`,
}

function describeNearest(nearest: readonly NearestRole[], attributes: Attributes): string[] {
  if (nearest.length === 0) return ['No role of this cluster would allow it.']
  const namespace = namespaceOf(attributes)
  const binding = namespace === undefined ? 'a ClusterRoleBinding' : `a RoleBinding in "${namespace}"`
  const roles = nearest.map(({ role, ruleIndex }) => `the ${describeRole(role)} (rule ${ruleIndex + 1})`)
  return [`What would allow it, by ${binding}, the least first: ${enumerate(roles, 'or')}.`]
}
