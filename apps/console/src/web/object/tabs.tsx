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
  /** All that the person must be allowed to do for the tab to be offered. */
  readonly needs?: (place: ObjectPlace) => readonly AccessQuestion[]
}

function later(load: () => Promise<ComponentType<TabProperties>>): ComponentType<TabProperties> {
  const Content = lazy(async () => ({ default: await load() }))
  return (properties) => (
    <Suspense fallback={<Spinner aria-label="Loading" />}>
      <Content {...properties} />
    </Suspense>
  )
}

const POD = { group: '', resource: 'pods' }

function isPod({ group, resource }: ResourceType): boolean {
  return group === POD.group && resource === POD.resource
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
    needs: ({ namespace }) => [{ verb: 'list', group: '', resource: 'events', namespace }],
  },
  {
    id: 'log',
    title: 'Log',
    Content: later(async () => (await import('./pod-log.tsx')).PodLog),
    isFor: isPod,
    needs: (pod) => [{ ...POD, ...pod, verb: 'get', subresource: 'log' }],
  },
  {
    id: 'terminal',
    title: 'Terminal',
    Content: later(async () => (await import('./pod-terminal.tsx')).PodTerminal),
    isFor: isPod,
    // A browser asks by GET, and whoever runs a command needs to create, too.
    needs: (pod) => ['get', 'create'].map((verb) => ({ ...POD, ...pod, verb, subresource: 'exec' })),
  },
]

/** The tabs that make sense for the kind and that the person may open. */
export function useTabs(
  type: ResourceType,
  place: ObjectPlace,
): { readonly tabs: readonly TabDefinition[]; readonly isPending: boolean } {
  const fitting = TABS.filter(({ isFor }) => isFor?.(type) ?? true).map((tab) => ({
    tab,
    questions: tab.needs?.(place) ?? [],
  }))
  const { allowed, isPending } = useAccess(fitting.flatMap(({ questions }) => questions))
  let asked = 0
  const tabs = fitting.flatMap(({ tab, questions }) => {
    const answers = allowed.slice(asked, (asked += questions.length))
    return answers.every(Boolean) ? [tab] : []
  })
  return { tabs, isPending }
}
