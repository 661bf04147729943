import { useNavigate } from '@tanstack/react-router'
import { groupInAddress, objectPath } from '../api/resource-type.ts'
import { useConsole } from '../console-context.ts'
import type { DialogProperties } from './actions.tsx'
import { ChangeDialog } from './change-dialog.tsx'

/** Deletes the object that is shown, and not another one that has its name by then. */
export function DeleteDialog({ type, place, object, close }: DialogProperties) {
  const { api } = useConsole()
  const navigate = useNavigate()
  return (
    <ChangeDialog
      title={`Delete ${type.kind} ${place.name}?`}
      confirm="Delete"
      isDanger
      close={close}
      change={() =>
        api.json(objectPath(type, place), {
          method: 'DELETE',
          body: {
            apiVersion: 'v1',
            kind: 'DeleteOptions',
            propagationPolicy: 'Background',
            preconditions: { uid: object.metadata.uid },
          },
        })
      }
      onDone={() =>
        void navigate({
          to: '/resources/$group/$version/$resource',
          params: { group: groupInAddress(type.group), version: type.version, resource: type.resource },
        })
      }
    >
      It is deleted{place.namespace === undefined ? '' : ` from the namespace ${place.namespace}`}, with what
      belongs to it. This can not be taken back.
    </ChangeDialog>
  )
}
