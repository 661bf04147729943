import { EmptyState } from '@patternfly/react-core'
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table'
import { sortRows } from '../api/row-order.ts'
import { columnsOf, textOf } from '../api/table.ts'
import { useListStream } from '../api/use-list-stream.ts'
import { collectionPath } from '../api/resource-type.ts'
import { ProblemPage } from '../components/problem.tsx'
import { Age } from '../components/time.tsx'
import type { TabProperties } from './tabs.tsx'

const EVENTS = { group: '', version: 'v1', resource: 'events' }

/** What the cluster has noted about the object, the newest first. */
export function Events({ object, place }: TabProperties) {
  const list = useListStream(collectionPath(EVENTS, place.namespace), {
    fieldSelector: `involvedObject.uid=${object.metadata.uid ?? ''}`,
  })
  if (list.error && list.rows.length === 0) return <ProblemPage error={list.error} onRetry={list.retry} />
  if (list.rows.length === 0) {
    return <EmptyState titleText={list.phase === 'loading' ? 'Loading' : 'No events'} headingLevel="h2" />
  }
  const columns = columnsOf(list.columns, false).filter(
    ({ title }) => !['Object', 'Last Seen'].includes(title),
  )
  const rows = sortRows(list.rows, { title: 'Age', kind: 'age', index: -1 }, false)
  return (
    <Table variant="compact" aria-label="Events">
      <Thead>
        <Tr>
          {columns.map(({ title }) => (
            <Th key={title}>{title}</Th>
          ))}
          <Th>First seen</Th>
        </Tr>
      </Thead>
      <Tbody>
        {rows.map((row) => (
          <Tr key={row.key}>
            {columns.map((column) => (
              <Td key={column.title} dataLabel={column.title}>
                {textOf(row, column)}
              </Td>
            ))}
            <Td dataLabel="First seen">
              <Age since={row.metadata.creationTimestamp} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  )
}
