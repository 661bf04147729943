/** A kind of object that the cluster serves, as discovery describes it. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  /** The plural in paths: `deployments`. */
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  /** `scale`, `log`, `status`… */
  readonly subresources: readonly string[]
  readonly shortNames: readonly string[]
}

/** Where an object is: a namespace only for kinds that have them. */
export interface ObjectPlace {
  readonly namespace?: string | undefined
  readonly name: string
}

type TypePath = Pick<ResourceType, 'group' | 'version' | 'resource'>

/** The path of all objects of a type, or of those in one namespace. Pure. */
export function collectionPath({ group, version, resource }: TypePath, namespace?: string): string {
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return `${base}${namespace === undefined ? '' : `/namespaces/${segment(namespace)}`}/${resource}`
}

/** The path of one object, or of a subresource of it. Pure. */
export function objectPath(type: TypePath, { namespace, name }: ObjectPlace, subresource?: string): string {
  const path = `${collectionPath(type, namespace)}/${segment(name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}

/** Names of roles hold colons, which may stand in a path as they are (RFC 3986 section 3.3). */
function segment(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':')
}

/** `apps/v1`, or `v1` for the core group. Pure. */
export function apiVersionOf({ group, version }: Pick<ResourceType, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}

/** The group as it stands in the console's addresses, where nothing can't. */
const CORE = 'core'
export const groupInAddress = (group: string): string => (group === '' ? CORE : group)
export const groupOfAddress = (group: string): string => (group === CORE ? '' : group)

/** `Pods`, `NetworkPolicies`: the kind with the ending of the plural. Pure. */
export function pluralTitle({ kind, resource }: Pick<ResourceType, 'kind' | 'resource'>): string {
  const stem = [kind, kind.slice(0, -1)].find((begin) => resource.startsWith(begin.toLowerCase()))
  return stem === undefined ? kind : stem + resource.slice(stem.length)
}
