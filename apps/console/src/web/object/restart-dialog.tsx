import { objectPath } from '../api/resource-type.ts'
import { useConsole } from '../console-context.ts'
import type { DialogProperties } from './actions.tsx'
import { ChangeDialog } from './change-dialog.tsx'

/** What `kubectl rollout restart` does: a new annotation of the pods makes new pods. */
export function RestartDialog({ type, place, close }: DialogProperties) {
  const { api } = useConsole()
  return (
    <ChangeDialog
      title={`Restart ${type.kind} ${place.name}?`}
      confirm="Restart"
      close={close}
      change={() => {
        const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() }
        return api.json(objectPath(type, place), {
          method: 'PATCH',
          contentType: 'application/merge-patch+json',
          body: { spec: { template: { metadata: { annotations } } } },
        })
      }}
    >
      Its pods are replaced one after the other, as its strategy says.
    </ChangeDialog>
  )
}
