import type { Terminal } from './gatehouse.ts'

interface Found {
  readonly kind: string
  readonly metadata: {
    readonly namespace?: string
    readonly name: string
    readonly uid?: string
    readonly resourceVersion?: string
  }
}

/** What changes by itself: heartbeats, and notes about what happened. */
const RESTLESS: ReadonlySet<string> = new Set(['Event', 'Lease', 'Node'])

/**
 * Every object of a cluster with its uid and the version of its last change, sorted; two of these are equal when
 * nothing was written in between.
 */
export async function allObjects(admin: Terminal): Promise<string[]> {
  const kinds = await output(admin, 'api-resources', '--verbs=list', '-o', 'name')
  const listed = await output(admin, 'get', kinds.split('\n').join(','), '-A', '-o', 'json')
  const { items } = JSON.parse(listed) as { items: Found[] }
  return items
    .filter(({ kind }) => !RESTLESS.has(kind))
    .map(({ kind, metadata: { namespace = '', name, uid, resourceVersion } }) =>
      [kind, namespace, name, uid, resourceVersion].join(' '),
    )
    .toSorted()
}

/** What kubectl printed; fails with what it wrote to stderr. */
export async function output({ kubectl }: Terminal, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await kubectl(...args)
  if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${exitCode}: ${stderr}`)
  return stdout
}
