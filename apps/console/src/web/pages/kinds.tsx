import { SearchInput, Spinner } from '@patternfly/react-core'
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useAccess } from '../api/access.ts'
import { useDiscovery } from '../api/discovery.ts'
import { apiVersionOf, groupInAddress } from '../api/resource-type.ts'
import { Page } from '../components/page.tsx'
import { ProblemPage } from '../components/problem.tsx'
import { useNamespace } from '../shell/use-namespace.ts'

/** Every kind that the cluster serves and the person may list here, custom resources included. */
export function KindsPage() {
  const { namespace } = useNamespace()
  const { data = [], error, isPending, refetch } = useDiscovery()
  const [filter, setFilter] = useState('')
  const listable = data.filter(({ verbs }) => verbs.includes('list'))
  const access = useAccess(
    listable.map(({ group, resource, namespaced }) => ({
      verb: 'list',
      group,
      resource,
      namespace: namespaced ? namespace : undefined,
    })),
  )
  const shown = listable.filter(
    ({ kind, resource, group, shortNames }, index) =>
      access.allowed[index] &&
      [kind, resource, group, ...shortNames].some((text) =>
        text.toLowerCase().includes(filter.toLowerCase()),
      ),
  )
  if (error) {
    return (
      <Page title="All kinds" name="kinds">
        <ProblemPage error={error} onRetry={() => void refetch()} />
      </Page>
    )
  }
  return (
    <Page title="All kinds" name="kinds">
      <SearchInput
        aria-label="Filter"
        placeholder="Kind, group or short name"
        value={filter}
        onChange={(_, value) => setFilter(value)}
        onClear={() => setFilter('')}
      />
      {(isPending || access.isPending) && <Spinner size="md" aria-label="Asking what you may list" />}
      <Table variant="compact" aria-label="Kinds">
        <Thead>
          <Tr>
            <Th>Kind</Th>
            <Th>API version</Th>
            <Th>Scope</Th>
            <Th>Short names</Th>
          </Tr>
        </Thead>
        <Tbody>
          {shown.map((type) => (
            <Tr key={`${type.resource}.${type.group}`}>
              <Td dataLabel="Kind">
                <Link
                  to="/resources/$group/$version/$resource"
                  params={{
                    group: groupInAddress(type.group),
                    version: type.version,
                    resource: type.resource,
                  }}
                >
                  {type.kind}
                </Link>
              </Td>
              <Td dataLabel="API version">{apiVersionOf(type)}</Td>
              <Td dataLabel="Scope">{type.namespaced ? 'Namespace' : 'Cluster'}</Td>
              <Td dataLabel="Short names">{type.shortNames.join(', ')}</Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </Page>
  )
}
