import { type Attributes, isResourceRequest } from './attributes.ts'
import type { BindingSubject, PolicyRule } from './objects.ts'
import type { BindingName, RoleName } from './policy.ts'

/** `list pods in the namespace "demo"`, `get the path /version`. */
export function describeAttributes(attributes: Attributes): string {
  if (!isResourceRequest(attributes)) return `${attributes.verb} the path ${attributes.path}`
  const { verb, apiGroup = '', resource, subresource = '', name = '', namespace = '' } = attributes
  const group = apiGroup === '' ? '' : `.${apiGroup}`
  const part = subresource === '' ? '' : `/${subresource}`
  const which = name === '' ? '' : ` "${name}"`
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`
  return `${verb} ${resource}${group}${part}${which} ${where}`
}

/** `alsoIn`: more namespaces in which there is one of that name. */
export function describeBinding(
  { kind, name, namespace }: BindingName,
  alsoIn: readonly string[] = [],
): string {
  if (namespace === undefined) return `${kind} "${name}"`
  const namespaces = [namespace, ...alsoIn].map((one) => `"${one}"`)
  return `${kind} "${name}" in the namespace${alsoIn.length === 0 ? '' : 's'} ${shorten(namespaces)}`
}

export function describeRole({ kind, name }: RoleName): string {
  return `${kind} "${name}"`
}

export function describeSubject({ kind, name, namespace }: BindingSubject, binding: BindingName): string {
  if (kind === 'ServiceAccount') return `the ServiceAccount "${namespace || binding.namespace}/${name}"`
  return kind === 'Group' ? `the group "${name}"` : `the user "${name}"`
}

/** `get and list of pods and services (API group "")`. */
export function describeRule({
  verbs,
  apiGroups,
  resources,
  resourceNames,
  nonResourceURLs,
}: PolicyRule): string {
  const does = describeVerbs(verbs ?? [])
  if (nonResourceURLs?.length) return `${does} of the paths ${shorten(nonResourceURLs)}`
  const what = resources?.includes('*') ? 'all resources' : shorten(resources ?? [])
  const named = resourceNames?.length ? ` named ${shorten(resourceNames.map((name) => `"${name}"`))}` : ''
  const groups = apiGroups?.includes('*') ? 'all API groups' : `API group ${describeGroups(apiGroups)}`
  return `${does} of ${what}${named} (${groups})`
}

function describeVerbs(verbs: readonly string[]): string {
  return verbs.includes('*') ? 'every verb' : enumerate(verbs)
}

export function describeGroups(groups: PolicyRule['apiGroups']): string {
  return enumerate((groups ?? []).map((group) => `"${group}"`))
}

/** Rules of roles like `admin` list dozens of resources; a sentence holds some. */
const LISTED = 6

function shorten(items: readonly string[]): string {
  const rest = items.length - LISTED
  return rest > 1 ? `${items.slice(0, LISTED).join(', ')} and ${rest} more` : enumerate(items)
}

export function enumerate(items: readonly string[], word = 'and'): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)}`
}
