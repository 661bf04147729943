import { type Attributes, isResourceRequest, type ResourceAttributes } from './attributes.ts'
import type { PolicyRule } from './objects.ts'

type List = readonly string[] | null | undefined

/**
 * Whether a rule allows a request, wherever it is bound: `RuleAllows` of
 * k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac and pkg/apis/rbac/v1/evaluation_helpers.go. Pure.
 */
export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!verbMatches(rule, attributes.verb)) return false
  if (!isResourceRequest(attributes)) return pathMatches(rule, attributes.path)
  return (
    apiGroupMatches(rule, attributes.apiGroup ?? '') &&
    resourceMatches(rule, attributes) &&
    resourceNameMatches(rule, attributes.name ?? '')
  )
}

export function verbMatches({ verbs }: PolicyRule, verb: string): boolean {
  return holds(verbs, '*') || holds(verbs, verb)
}

export function apiGroupMatches({ apiGroups }: PolicyRule, apiGroup: string): boolean {
  return holds(apiGroups, '*') || holds(apiGroups, apiGroup)
}

/** `*` covers subresources too, `pods` does not, and the one other pattern is an asterisk, a slash and a subresource. */
export function resourceMatches(
  { resources }: PolicyRule,
  { resource, subresource = '' }: Pick<ResourceAttributes, 'resource' | 'subresource'>,
): boolean {
  if (holds(resources, '*')) return true
  if (subresource === '') return holds(resources, resource)
  return holds(resources, `${resource}/${subresource}`) || holds(resources, `*/${subresource}`)
}

/** A rule with names never covers a request without one, so neither create nor whole collections. */
export function resourceNameMatches({ resourceNames }: PolicyRule, name: string): boolean {
  return !resourceNames || resourceNames.length === 0 || resourceNames.includes(name)
}

/** An asterisk is a wildcard at the end only; there any number of them is one (Go's `strings.TrimRight`). */
function pathMatches({ nonResourceURLs }: PolicyRule, path: string): boolean {
  return (nonResourceURLs ?? []).some(
    (pattern) => pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))),
  )
}

function holds(list: List, wanted: string): boolean {
  return list?.includes(wanted) ?? false
}
