import {
  Alert,
  Button,
  EmptyState,
  EmptyStateBody,
  Label,
  SearchInput,
  Spinner,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from '@patternfly/react-core'
import { getRouteApi } from '@tanstack/react-router'
import { useDeferredValue, useMemo, useState } from 'react'
import { useAccess } from '../api/access.ts'
import { collectionPath, groupOfAddress, pluralTitle, type ResourceType } from '../api/resource-type.ts'
import { filterRows } from '../api/row-filter.ts'
import { createOrder } from '../api/row-order.ts'
import { columnsOf } from '../api/table.ts'
import { useListStream } from '../api/use-list-stream.ts'
import { CreateButton } from '../components/create-button.tsx'
import { Denied } from '../components/denied.tsx'
import { NamespaceNeeded, NamespaceProbe } from '../components/namespace-needed.tsx'
import { Page } from '../components/page.tsx'
import { ProblemPage } from '../components/problem.tsx'
import { ResourceTable, type Sorting } from '../components/resource-table.tsx'
import { WithResourceType } from '../components/with-resource-type.tsx'
import { useNamespace } from '../shell/use-namespace.ts'

const route = getRouteApi('/resources/$group/$version/$resource')

/** All objects of a kind, in the chosen namespace or in all. */
export function ListPage() {
  const { group, resource } = route.useParams()
  return (
    <WithResourceType group={groupOfAddress(group)} resource={resource}>
      {(type) => <ListOfType key={`${type.resource}.${type.group}`} type={type} />}
    </WithResourceType>
  )
}

function ListOfType({ type }: { type: ResourceType }) {
  const { namespace } = useNamespace()
  const scope = type.namespaced ? namespace : undefined
  const question = { verb: 'list', group: type.group, resource: type.resource, namespace: scope }
  const { allowed, isPending } = useAccess([question])
  const [mayList] = allowed
  if (!mayList && !isPending) {
    return (
      <Page title={pluralTitle(type)} name="list" actions={<CreateButton type={type} namespace={scope} />}>
        {type.namespaced && scope === undefined ? (
          <NamespaceNeeded type={type} />
        ) : (
          <Denied question={question} />
        )}
      </Page>
    )
  }
  return <LiveList key={scope} type={type} namespace={scope} isEnabled={mayList === true} />
}

function LiveList({
  type,
  namespace,
  isEnabled,
}: {
  type: ResourceType
  namespace: string | undefined
  isEnabled: boolean
}) {
  const list = useListStream(isEnabled ? collectionPath(type, namespace) : undefined)
  const [filter, setFilter] = useState('')
  const [sorting, setSorting] = useState<Sorting>({ column: 0, descending: false })
  const wanted = useDeferredValue(filter)
  const columns = useMemo(
    () => columnsOf(list.columns, type.namespaced && namespace === undefined),
    [list.columns, type.namespaced, namespace],
  )
  const order = useMemo(() => {
    const column = columns[sorting.column] ?? columns[0]
    return column && createOrder(column, sorting.descending)
  }, [columns, sorting])
  const rows = useMemo(() => {
    const found = filterRows(list.rows, wanted)
    return order?.(found) ?? found
  }, [list.rows, wanted, order])

  if (list.error?.code === 403) {
    const question = { verb: 'list', group: type.group, resource: type.resource, namespace }
    return (
      <Page title={pluralTitle(type)} name="list">
        <Denied question={question} message={list.error.message} />
      </Page>
    )
  }
  if (list.error && list.rows.length === 0) {
    return (
      <Page title={pluralTitle(type)} name="list">
        <ProblemPage error={list.error} onRetry={list.retry} />
      </Page>
    )
  }
  return (
    <Page
      title={pluralTitle(type)}
      name="list"
      isFilled
      actions={<CreateButton type={type} namespace={namespace} />}
    >
      {list.error && (
        <Alert
          variant="warning"
          isInline
          title="Live updates are lost; what you see may be old"
          data-page="watch-lost"
          actionLinks={
            <Button variant="link" isInline onClick={list.retry}>
              Try again now
            </Button>
          }
        >
          {list.error.message}
        </Alert>
      )}
      <Toolbar>
        <ToolbarContent>
          <ToolbarItem>
            <SearchInput
              aria-label="Filter"
              placeholder="Name, label or status"
              value={filter}
              onChange={(_, value) => setFilter(value)}
              onClear={() => setFilter('')}
            />
          </ToolbarItem>
          <ToolbarItem alignSelf="center">
            <span role="status" data-count={rows.length} data-phase={list.phase}>
              {rows.length === list.rows.length ? rows.length : `${rows.length} of ${list.rows.length}`}{' '}
              <Label isCompact color={list.phase === 'live' ? 'green' : 'grey'}>
                {list.phase}
              </Label>
            </span>
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      {list.phase === 'loading' && rows.length === 0 ? (
        <Spinner aria-label="Loading" />
      ) : rows.length === 0 ? (
        <NothingThere type={type} namespace={namespace} isFiltered={list.rows.length > 0} />
      ) : (
        <ResourceTable type={type} columns={columns} rows={rows} sorting={sorting} onSort={setSorting} />
      )}
    </Page>
  )
}

function NothingThere({
  type,
  namespace,
  isFiltered,
}: {
  type: ResourceType
  namespace: string | undefined
  isFiltered: boolean
}) {
  const title = isFiltered ? 'Nothing matches the filter' : `No ${type.resource}`
  return (
    <EmptyState titleText={title} headingLevel="h2" data-page="empty">
      <EmptyStateBody>
        {!isFiltered && namespace !== undefined && <NamespaceProbe namespace={namespace} />}
      </EmptyStateBody>
    </EmptyState>
  )
}
