interface Found {
  readonly kind: string
  readonly metadata: {
    readonly namespace?: string
    readonly name: string
    readonly uid?: string
    readonly resourceVersion?: string
  }
}

/** What changes by itself: heartbeats, measurements, and notes about what happened. */
const RESTLESS = new Set(['Event', 'Lease', 'Node', 'NodeMetrics', 'PodMetrics', 'ComponentStatus'])

/**
 * Every object of a cluster with its uid and the version of its last change, sorted; two of these are equal when
 * nothing was written in between.
 *
 * @param kubectl gives what kubectl, as an administrator, has printed for these arguments
 */
export async function allObjects(kubectl: (args: readonly string[]) => Promise<string>): Promise<string[]> {
  const kinds = await kubectl(['api-resources', '--verbs=list', '-o', 'name'])
  const listed = await kubectl(['get', kinds.trim().split('\n').join(','), '-A', '-o', 'json'])
  const { items } = JSON.parse(listed) as { items: Found[] }
  return items
    .filter(({ kind }) => !RESTLESS.has(kind))
    .map(({ kind, metadata: { namespace = '', name, uid, resourceVersion } }) =>
      [kind, namespace, name, uid, resourceVersion].join(' '),
    )
    .toSorted()
}
