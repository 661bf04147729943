import { expect, test } from 'vitest'
import { columnWidths } from '../../src/web/api/column-widths.ts'
import { filterRows } from '../../src/web/api/row-filter.ts'
import { createOrder, sortRows } from '../../src/web/api/row-order.ts'
import { columnsOf, type Row, textOf } from '../../src/web/api/table.ts'
import { applyEvent } from '../../src/web/api/watch-event.ts'

const DEFINITIONS = [
  { name: 'Name', type: 'string', format: 'name', priority: 0 },
  { name: 'Ready', type: 'string', priority: 0 },
  { name: 'Age', type: 'string', priority: 0 },
  { name: 'Node', type: 'string', priority: 1 },
]
const row = (name: string, ready: unknown, more: object = {}): Row => ({
  key: name,
  cells: [name, ready, '1d', 'node-1'],
  metadata: { name, ...more },
})
const names = (rows: readonly Row[]) => rows.map(({ metadata }) => metadata.name)

test('the columns are those that the server shows, with the namespace where there are several', () => {
  expect(columnsOf(DEFINITIONS, false).map(({ title }) => title)).toEqual(['Name', 'Ready', 'Age'])
  expect(columnsOf(DEFINITIONS, true).map(({ title }) => title)).toEqual([
    'Name',
    'Namespace',
    'Ready',
    'Age',
  ])
})

test('numbers in names and cells are sorted as numbers', () => {
  const rows = [row('pod-10', 3), row('pod-9', 20), row('pod-1', 100)]
  const [name, ready] = columnsOf(DEFINITIONS, false)
  expect(names(sortRows(rows, name!, false))).toEqual(['pod-1', 'pod-9', 'pod-10'])
  expect(names(sortRows(rows, ready!, false))).toEqual(['pod-10', 'pod-9', 'pod-1'])
  expect(names(sortRows(rows, ready!, true))).toEqual(['pod-1', 'pod-9', 'pod-10'])
})

test('by age the youngest comes first', () => {
  const rows = [
    row('old', 1, { creationTimestamp: '2026-01-01T00:00:00Z' }),
    row('new', 1, { creationTimestamp: '2026-02-01T00:00:00Z' }),
  ]
  const age = columnsOf(DEFINITIONS, false)[2]!
  expect(names(sortRows(rows, age, false))).toEqual(['new', 'old'])
})

test('equal rows stay in the order of their names, whichever way is sorted', () => {
  const rows = [row('b', 1), row('a', 1)]
  const ready = columnsOf(DEFINITIONS, false)[1]!
  expect(names(sortRows(rows, ready, false))).toEqual(['a', 'b'])
  expect(names(sortRows(rows, ready, true))).toEqual(['a', 'b'])
})

test.each([0, 1, 2])('a list that is sorted again by column %i has the order that a new one has', (index) => {
  const column = columnsOf(DEFINITIONS, false)[index]!
  // A row of digits that looks arbitrary and is the same each time.
  const digit = (at: number) => (at * 7919) % 10
  const made = (at: number) =>
    row(`pod-${(at * 31) % 4001}`, digit(at), {
      namespace: `n-${at % 3}`,
      creationTimestamp: `2026-01-0${1 + (at % 9)}T00:00:00Z`,
    })
  for (const descending of [false, true]) {
    const order = createOrder(column, descending)
    let rows = Array.from({ length: 60 }, (_, at) => made(at))
    for (let round = 0; round < 20; round++) {
      // Some go, some come, some change.
      rows = rows.flatMap((known, at) =>
        at === round ? [] : digit(at + round) < 2 ? [made(at + 60 * round)] : [known],
      )
      rows.push(made(2000 + round))
      expect(order(rows)).toEqual(sortRows(rows, column, descending))
    }
    expect(order([])).toEqual([])
  }
})

test('a column is as wide as its heading and most of its texts need', () => {
  const columns = columnsOf(DEFINITIONS, false)
  const rows = [row('a'.repeat(25), 'x'.repeat(100)), row('b', 1)]
  expect(columnWidths(columns, rows)).toEqual([25, 26, 9])
  expect(columnWidths(columns, [])).toEqual([9, 10, 9])
})

test.each([
  ['', ['web', 'db']],
  ['WEB', ['web']],
  ['app=shop', ['web', 'db']],
  ['app=shop 2/2', ['db']],
  ['nothing', []],
])('the filter %j leaves %j', (filter, expected) => {
  const labels = { app: 'shop' }
  expect(names(filterRows([row('web', '1/2', { labels }), row('db', '2/2', { labels })], filter))).toEqual(
    expected,
  )
})

test('a cell without a value is a dash, an object is JSON', () => {
  const [, ready] = columnsOf(DEFINITIONS, false)
  expect(textOf(row('a', null), ready!)).toBe('-')
  expect(textOf(row('a', 0), ready!)).toBe('0')
  expect(textOf(row('a', { x: 1 }), ready!)).toBe('{"x":1}')
})

test('events change the rows, and say from where to go on', () => {
  const rows = new Map([['1', row('a', 1)]])
  const table = (uid: string, name: string, resourceVersion: string) => ({
    kind: 'Table' as const,
    rows: [{ cells: [name], object: { metadata: { uid, name, resourceVersion } } }],
  })
  expect(applyEvent(rows, { type: 'ADDED', object: table('2', 'b', '7') })).toBe('7')
  expect(applyEvent(rows, { type: 'MODIFIED', object: table('1', 'a2', '8') })).toBe('8')
  expect(names([...rows.values()])).toEqual(['a2', 'b'])
  expect(applyEvent(rows, { type: 'DELETED', object: table('1', 'a2', '9') })).toBe('9')
  expect(applyEvent(rows, { type: 'BOOKMARK', object: table('3', '', '10') })).toBe('10')
  expect(names([...rows.values()])).toEqual(['b'])
})
