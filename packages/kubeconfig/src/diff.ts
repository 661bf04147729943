import { isDeepStrictEqual } from 'node:util'
import type { KubeconfigDocument } from './document.ts'

/** One thing in which two documents differ. No values: some are secrets. */
export interface KubeconfigChange {
  readonly what: 'cluster' | 'user' | 'context' | 'current-context' | 'other'
  /** Of the entry, or of the field at the top; the new value of current-context. */
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed'
  /** Of a changed entry: the fields that differ. */
  readonly fields: readonly string[]
}

/** What has to change in `before` to get `after`. The order of entries does not matter, as for kubectl. Pure. */
export function diffKubeconfigs(before: KubeconfigDocument, after: KubeconfigDocument): KubeconfigChange[] {
  const contextOf = (document: KubeconfigDocument) => document['current-context']
  return [
    ...diffEntries('cluster', mapOf(before.clusters, 'cluster'), mapOf(after.clusters, 'cluster')),
    ...diffEntries('user', mapOf(before.users, 'user'), mapOf(after.users, 'user')),
    ...diffEntries('context', mapOf(before.contexts, 'context'), mapOf(after.contexts, 'context')),
    ...(contextOf(before) === contextOf(after)
      ? []
      : [{ what: 'current-context', name: contextOf(after), change: 'changed', fields: [] } as const]),
    ...diffEntries('other', others(before), others(after)),
  ]
}

const COMPARED_ABOVE = new Set(['clusters', 'users', 'contexts', 'current-context'])

/** The fields at the top that are compared as a whole. */
function others(document: KubeconfigDocument): Map<string, unknown> {
  return new Map(Object.entries(document).filter(([field]) => !COMPARED_ABOVE.has(field)))
}

function mapOf(
  entries: readonly { name: string; [field: string]: unknown }[],
  field: string,
): Map<string, unknown> {
  return new Map(entries.map((entry) => [entry.name, entry[field]]))
}

function diffEntries(
  what: KubeconfigChange['what'],
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): KubeconfigChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])]
  return names.flatMap((name): KubeconfigChange[] => {
    if (!before.has(name)) return [{ what, name, change: 'added', fields: [] }]
    if (!after.has(name)) return [{ what, name, change: 'removed', fields: [] }]
    const [old, now] = [before.get(name), after.get(name)]
    if (isDeepStrictEqual(old, now)) return []
    return [{ what, name, change: 'changed', fields: differingFields(old, now) }]
  })
}

function differingFields(old: unknown, now: unknown): string[] {
  const [before, after] = [fieldsOf(old), fieldsOf(now)]
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (field) => !isDeepStrictEqual(before.get(field), after.get(field)),
  )
}

function fieldsOf(value: unknown): Map<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}
