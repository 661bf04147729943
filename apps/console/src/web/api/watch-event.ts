import type { Status } from './errors.ts'
import { type Row, rowOf, type Table } from './table.ts'

/** `metav1.WatchEvent` of a watch that delivers tables. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: Table }
  | { readonly type: 'ERROR'; readonly object: Status }

/** Applies an event to the rows by key; returns the version from which a next watch would go on. */
export function applyEvent(
  rows: Map<string, Row>,
  event: Exclude<WatchEvent, { type: 'ERROR' }>,
): string | undefined {
  let version = event.object.metadata?.resourceVersion
  for (const tableRow of event.object.rows ?? []) {
    const row = rowOf(tableRow)
    version = row.metadata.resourceVersion ?? version
    if (event.type === 'DELETED') rows.delete(row.key)
    else if (event.type !== 'BOOKMARK') rows.set(row.key, row)
  }
  return version || undefined
}
