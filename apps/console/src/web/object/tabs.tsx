import { type ComponentType, lazy, Suspense } from 'react'
import { Spinner } from '@patternfly/react-core'
import { type AccessQuestion, useAccess } from '../api/access.ts'
import type { KubernetesObject } from '../api/objects.ts'
import type { ObjectPlace, ResourceType } from '../api/resource-type.ts'
import { Details } from './details.tsx'

export interface TabProperties {
  readonly type: ResourceType
  readonly place: ObjectPlace
  readonly object: KubernetesObject
}

interface TabDefinition {
  readonly id: string
  readonly title: string
  readonly Content: ComponentType<TabProperties>
  /** For which kinds it is; all when absent. */
  readonly isFor?: (type: ResourceType) => boolean
  /** What the person must be allowed to do for the tab to be offered. */
  readonly needs?: (type: ResourceType, place: ObjectPlace) => AccessQuestion
}

function later(load: () => Promise<ComponentType<TabProperties>>): ComponentType<TabProperties> {
  const Content = lazy(async () => ({ default: await load() }))
  return (properties) => (
    <Suspense fallback={<Spinner aria-label="Loading" />}>
      <Content {...properties} />
    </Suspense>
  )
}

/** The views of an object. To add one is to add an entry. */
const TABS: readonly TabDefinition[] = [
  { id: 'details', title: 'Details', Content: Details },
  { id: 'yaml', title: 'YAML', Content: later(async () => (await import('./yaml-view.tsx')).YamlView) },
  {
    id: 'events',
    title: 'Events',
    Content: later(async () => (await import('./events.tsx')).Events),
    isFor: ({ kind }) => kind !== 'Event',
    needs: (_, { namespace }) => ({ verb: 'list', group: '', resource: 'events', namespace }),
  },
]

/** The tabs that make sense for the kind and that the person may open. */
export function useTabs(type: ResourceType, place: ObjectPlace): readonly TabDefinition[] {
  const fitting = TABS.filter(({ isFor }) => isFor?.(type) ?? true)
  const questions = fitting.flatMap(({ needs }) => (needs ? [needs(type, place)] : []))
  const { allowed } = useAccess(questions)
  let asked = 0
  return fitting.filter(({ needs }) => !needs || allowed[asked++])
}
