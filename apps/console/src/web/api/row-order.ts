import { type Column, type Row, textOf } from './table.ts'

type Compare = (a: Row, b: Row) => number

const collator = new Intl.Collator('en', { numeric: true })

/** The rows in the order of one column; equal ones by namespace and name, so that nothing jumps. Pure. */
export function sortRows(rows: readonly Row[], column: Column, descending: boolean): Row[] {
  return rows.toSorted(comparison(column, descending))
}

/**
 * Sorts a list again and again, as `sortRows` does: it remembers the order of the last time and finds the place
 * of the rows that are new to it, which of thousands are few.
 */
export function createOrder(column: Column, descending: boolean): (rows: readonly Row[]) => readonly Row[] {
  const compare = comparison(column, descending)
  let ordered: readonly Row[] = []
  return (rows) => {
    const fresh = new Set(rows)
    const kept = ordered.filter((row) => fresh.delete(row))
    ordered = insert(kept, [...fresh].toSorted(compare), compare)
    return ordered
  }
}

function comparison(column: Column, descending: boolean): Compare {
  // Younger first is what "ascending age" means.
  const direction = descending === (column.kind === 'age') ? 1 : -1
  return (a, b) =>
    direction * collator.compare(textOf(a, column), textOf(b, column)) ||
    collator.compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '') ||
    collator.compare(a.metadata.name, b.metadata.name)
}

/** Puts rows (`fresh`) into others; both are in order. */
function insert(kept: readonly Row[], fresh: readonly Row[], compare: Compare): readonly Row[] {
  const all: Row[] = []
  let from = 0
  for (const row of fresh) {
    const place = placeOf(row, kept, from, compare)
    for (; from < place; from++) all.push(kept[from]!)
    all.push(row)
  }
  for (; from < kept.length; from++) all.push(kept[from]!)
  return all
}

/** The first place from `from` on whose row comes after `row`. */
function placeOf(row: Row, rows: readonly Row[], from: number, compare: Compare): number {
  let [low, high] = [from, rows.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(rows[middle]!, row) > 0) high = middle
    else low = middle + 1
  }
  return low
}
