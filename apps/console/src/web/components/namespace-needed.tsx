import { EmptyState, EmptyStateBody } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { aboutObject, useAllowed } from '../api/access.ts'
import { ApiError } from '../api/errors.ts'
import { objectPath, type ResourceType } from '../api/resource-type.ts'
import { useConsole } from '../console-context.ts'
import { NamespacePicker } from '../shell/namespace-picker.tsx'

const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' }

/** For who may work in a namespace, but not look across all of them. */
export function NamespaceNeeded({ type }: { type: Pick<ResourceType, 'resource'> }) {
  return (
    <EmptyState titleText="Choose a namespace" headingLevel="h2" data-page="no-namespace">
      <EmptyStateBody>
        You may not list {type.resource} in all namespaces at once. Type the name of one in which you work.
        <NamespacePicker />
      </EmptyStateBody>
    </EmptyState>
  )
}

/** Says so where a namespace that was typed does not exist: its lists are empty, as those of one that does. */
export function NamespaceProbe({ namespace }: { namespace: string }) {
  const { api } = useConsole()
  const may = useAllowed({ verb: 'get', ...aboutObject(NAMESPACES, { name: namespace }) })
  const { error } = useQuery({
    queryKey: ['namespace', namespace],
    queryFn: ({ signal }) =>
      api.json(objectPath(NAMESPACES, { name: namespace }), {
        signal,
      }),
    enabled: may,
  })
  if (!(error instanceof ApiError) || error.code !== 404) return null
  return <p data-page="no-such-namespace">There is no namespace called {namespace}.</p>
}
