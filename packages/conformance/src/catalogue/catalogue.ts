/** One resource or subresource that the cluster serves, in the version that is asked for. */
export interface ServedResource {
  readonly group: string
  readonly version: string
  readonly resource: string
  /** Empty for the resource itself. */
  readonly subresource: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  /** The verbs that change nothing when the request says `dryRun=All`. */
  readonly dryRun: ReadonlySet<string>
  /** What create and update send, without a name; undefined where nobody says what they take. */
  readonly body: Readonly<Record<string, unknown>> | undefined
}

export interface GroupVersion {
  readonly group: string
  readonly version: string
}

/** Everything that a cluster serves. */
export interface Catalogue {
  /** Kubernetes' version, such as v1.37.2. */
  readonly version: string
  readonly resources: readonly ServedResource[]
  readonly nonResourcePaths: readonly string[]
  /** Aggregated APIs that are away, and may serve more than `resources` has of them. */
  readonly unavailable: readonly GroupVersion[]
}

/** The parts of `resource[.group][/subresource]`. Pure. */
export function parseResourceName(name: string): Pick<ServedResource, 'group' | 'resource' | 'subresource'> {
  const [object = '', subresource = ''] = name.split('/')
  const [resource = '', ...group] = object.split('.')
  return { group: group.join('.'), resource, subresource }
}

/** `resource[.group][/subresource]`, as kubectl names resources. Pure. */
export function resourceName(one: Pick<ServedResource, 'group' | 'resource' | 'subresource'>): string {
  const { group, resource, subresource } = one
  return `${resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`
}
