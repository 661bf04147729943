import { Button, Flex } from '@patternfly/react-core'
import { lazy, Suspense, useState } from 'react'
import { aboutObject, type AccessQuestion, useAccess } from '../api/access.ts'
import type { KubernetesObject } from '../api/objects.ts'
import type { ObjectPlace, ResourceType } from '../api/resource-type.ts'

export interface DialogProperties {
  readonly type: ResourceType
  readonly place: ObjectPlace
  readonly object: KubernetesObject
  readonly close: () => void
}

interface Action {
  readonly id: string
  readonly title: string
  readonly isDanger?: boolean
  readonly isFor: (type: ResourceType) => boolean
  /** All of these must be allowed; each with the object's own name, since roles may name it. */
  readonly needs: (about: About) => readonly AccessQuestion[]
  readonly Dialog: React.ComponentType<DialogProperties>
}

type About = ReturnType<typeof aboutObject>

const RESTARTABLE = new Set(['deployments', 'statefulsets', 'daemonsets'])

const ACTIONS: readonly Action[] = [
  {
    id: 'edit',
    title: 'Edit',
    isFor: ({ verbs }) => verbs.includes('patch'),
    needs: (about) => [{ verb: 'patch', ...about }],
    Dialog: lazy(async () => ({ default: (await import('./edit-dialog.tsx')).EditDialog })),
  },
  {
    id: 'scale',
    title: 'Scale',
    isFor: ({ subresources }) => subresources.includes('scale'),
    needs: (about) => [{ verb: 'patch', ...about, subresource: 'scale' }],
    Dialog: lazy(async () => ({ default: (await import('./scale-dialog.tsx')).ScaleDialog })),
  },
  {
    id: 'restart',
    title: 'Restart',
    isFor: ({ group, resource }) => group === 'apps' && RESTARTABLE.has(resource),
    needs: (about) => [{ verb: 'patch', ...about }],
    Dialog: lazy(async () => ({ default: (await import('./restart-dialog.tsx')).RestartDialog })),
  },
  {
    id: 'delete',
    title: 'Delete',
    isDanger: true,
    isFor: ({ verbs }) => verbs.includes('delete'),
    needs: (about) => [{ verb: 'delete', ...about }],
    Dialog: lazy(async () => ({ default: (await import('./delete-dialog.tsx')).DeleteDialog })),
  },
]

/** What can be done to an object, as far as the person may do it to this very one. */
export function Actions({ type, place, object }: Omit<DialogProperties, 'close'>) {
  const [open, setOpen] = useState<string>()
  const { actions, isPending } = useAllowedActions(type, place)
  const chosen = actions.find(({ id }) => id === open)
  return (
    <Flex gap={{ default: 'gapSm' }} data-pending={isPending}>
      {actions.map(({ id, title, isDanger }) => (
        <Button
          key={id}
          variant={isDanger ? 'danger' : 'secondary'}
          onClick={() => setOpen(id)}
          data-action={id}
        >
          {title}
        </Button>
      ))}
      {chosen && (
        <Suspense>
          <chosen.Dialog type={type} place={place} object={object} close={() => setOpen(undefined)} />
        </Suspense>
      )}
    </Flex>
  )
}

function useAllowedActions(
  type: ResourceType,
  place: ObjectPlace,
): { readonly actions: readonly Action[]; readonly isPending: boolean } {
  const about = aboutObject(type, place)
  const fitting = ACTIONS.filter(({ isFor }) => isFor(type)).map((action) => ({
    action,
    questions: action.needs(about),
  }))
  const { allowed, isPending } = useAccess(fitting.flatMap(({ questions }) => questions))
  let asked = 0
  const actions = fitting.flatMap(({ action, questions }) => {
    const answers = allowed.slice(asked, (asked += questions.length))
    return answers.every(Boolean) ? [action] : []
  })
  return { actions, isPending }
}
