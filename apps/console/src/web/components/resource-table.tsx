import { SortByDirection, Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useRef, useState } from 'react'
import { columnWidths } from '../api/column-widths.ts'
import type { ResourceType } from '../api/resource-type.ts'
import { type Column, type Row, textOf } from '../api/table.ts'
import { ObjectLink } from './object-link.tsx'
import { Age } from './time.tsx'

export interface Sorting {
  readonly column: number
  readonly descending: boolean
}

const ROW_HEIGHT = 38
const OVERSCAN = 12
/** Of a cell, on both sides together. */
const PADDING = '2rem'

/** Rows of one kind. Only those in sight are in the document, so thousands scroll like ten. */
export function ResourceTable({
  type,
  columns,
  rows,
  sorting,
  onSort,
}: {
  type: ResourceType
  columns: readonly Column[]
  rows: readonly Row[]
  sorting: Sorting
  onSort: (sorting: Sorting) => void
}) {
  const scroller = useRef<HTMLDivElement>(null)
  // Those of the rows that came first, so that no column moves while somebody reads.
  const [widths] = useState(() => columnWidths(columns, rows))
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index]!.key,
    overscan: OVERSCAN,
  })
  const visible = virtualizer.getVirtualItems()
  const above = visible[0]?.start ?? 0
  const below = virtualizer.getTotalSize() - (visible.at(-1)?.end ?? 0)
  return (
    // Scrollable with the keyboard, too.
    <div ref={scroller} className="gh-scroller" tabIndex={0} role="region" aria-label={`${type.kind} list`}>
      <Table
        // Rows have one height, on narrow screens, too.
        gridBreakPoint=""
        variant="compact"
        isStickyHeader
        aria-label={type.kind}
        aria-rowcount={rows.length + 1}
      >
        <colgroup>
          {columns.map(({ title }, index) => (
            <col key={title} style={{ width: `calc(${widths[index] ?? title.length}ch + ${PADDING})` }} />
          ))}
        </colgroup>
        <Thead>
          <Tr>
            {columns.map(({ title, description }, index) => (
              <Th
                key={title}
                title={description}
                sort={{
                  columnIndex: index,
                  sortBy: { index: sorting.column, direction: sorting.descending ? 'desc' : 'asc' },
                  onSort: (_, column, direction) =>
                    onSort({ column, descending: direction === SortByDirection.desc }),
                }}
              >
                {title}
              </Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          <Spacer height={above} columns={columns.length} />
          {visible.map(({ index, key }) => (
            <ResourceRow key={key} type={type} row={rows[index]!} columns={columns} position={index} />
          ))}
          <Spacer height={below} columns={columns.length} />
        </Tbody>
      </Table>
    </div>
  )
}

const ResourceRow = memo(function ResourceRow({
  type,
  row,
  columns,
  position,
}: {
  type: ResourceType
  row: Row
  columns: readonly Column[]
  position: number
}) {
  return (
    <Tr aria-rowindex={position + 2} data-name={row.metadata.name}>
      {columns.map((column) => (
        <Td key={column.title} dataLabel={column.title} className="gh-cell">
          <Cell type={type} row={row} column={column} />
        </Td>
      ))}
    </Tr>
  )
})

function Cell({ type, row, column }: { type: ResourceType; row: Row; column: Column }) {
  if (column.kind === 'name') return <ObjectLink type={type} place={row.metadata} />
  if (column.kind === 'age') return <Age since={row.metadata.creationTimestamp} />
  return textOf(row, column)
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null
  return (
    <tr aria-hidden="true">
      <td colSpan={columns} style={{ height, padding: 0 }} />
    </tr>
  )
}
