import { type Attributes, namespaceOf, type RbacUser } from './attributes.ts'
import type { BindingSubject, PolicyRule } from './objects.ts'
import type { BindingName, RbacPolicy, RoleName } from './policy.ts'
import { ruleAllows } from './rule-allows.ts'

/** One reason why a request is allowed. */
export interface Grant {
  readonly binding: BindingName
  /** The first subject of the binding that is the user. */
  readonly subject: BindingSubject
  readonly role: RoleName
  readonly rule: PolicyRule
  /** The rule's place in its role, from 0. */
  readonly ruleIndex: number
}

export interface RbacDecision {
  readonly allowed: boolean
  /** True for members of system:masters, about whom RBAC is not asked. */
  readonly bypassed: boolean
  /** Every binding and rule that allows it; empty for what is denied. */
  readonly grants: readonly Grant[]
  /** Bindings of the user whose role does not exist: they give nothing, and are likely a mistake. */
  readonly dangling: readonly { readonly binding: BindingName; readonly role: RoleName }[]
}

/** `user.SystemPrivilegedGroup`: kube-apiserver has an authorizer for it, in front of all others. */
const MASTERS = 'system:masters'

/**
 * Decides as the RBAC authorizer of kube-apiserver does (plugin/pkg/auth/authorizer/rbac), but looks for all
 * reasons instead of the first. RBAC can only allow: what other authorizers (Node, webhooks) think is not in
 * here. Pure.
 */
export function evaluate(policy: RbacPolicy, user: RbacUser, attributes: Attributes): RbacDecision {
  const bindings = policy.bindingsOf(user, namespaceOf(attributes))
  const grants = bindings.flatMap(({ binding, subject, roleName, role }) =>
    (role?.rules ?? []).flatMap((rule, ruleIndex) =>
      ruleAllows(rule, attributes) ? [{ binding, subject, role: roleName, rule, ruleIndex }] : [],
    ),
  )
  const bypassed = user.groups.includes(MASTERS)
  return {
    allowed: bypassed || grants.length > 0,
    bypassed,
    grants,
    dangling: bindings
      .filter(({ role }) => role === undefined)
      .map(({ binding, roleName }) => ({ binding, role: roleName })),
  }
}
