import { Bullseye, Spinner } from '@patternfly/react-core'
import type { ReactNode } from 'react'
import { ApiError } from '../api/errors.ts'
import { useDiscovery } from '../api/discovery.ts'
import type { ResourceType } from '../api/resource-type.ts'
import { ProblemPage } from './problem.tsx'

/** Finds the type that an address means; the page for it not being there is here, too. */
export function WithResourceType({
  group,
  resource,
  children,
}: {
  group: string
  resource: string
  children: (type: ResourceType) => ReactNode
}) {
  const { data, error, failureReason, refetch } = useDiscovery()
  const problem = error ?? failureReason
  if (data) {
    const type = data.find((candidate) => candidate.group === group && candidate.resource === resource)
    if (type) return children(type)
    const message = `the cluster serves no ${resource}${group && ` in the group ${group}`}`
    return <ProblemPage error={new ApiError(404, { message })} />
  }
  if (problem) return <ProblemPage error={problem} onRetry={() => void refetch()} />
  return (
    <Bullseye>
      <Spinner aria-label="Loading" />
    </Bullseye>
  )
}
