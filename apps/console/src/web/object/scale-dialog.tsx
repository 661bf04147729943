import { NumberInput } from '@patternfly/react-core'
import { useState } from 'react'
import { objectPath } from '../api/resource-type.ts'
import { useConsole } from '../console-context.ts'
import type { DialogProperties } from './actions.tsx'
import { ChangeDialog } from './change-dialog.tsx'

export function ScaleDialog({ type, place, object, close }: DialogProperties) {
  const { api } = useConsole()
  const [replicas, setReplicas] = useState(
    (object['spec'] as { replicas?: number } | undefined)?.replicas ?? 1,
  )
  const set = (value: number) => setReplicas(Math.max(0, Math.trunc(value) || 0))
  return (
    <ChangeDialog
      title={`Scale ${type.kind} ${place.name}`}
      confirm="Scale"
      close={close}
      change={() =>
        api.json(objectPath(type, place, 'scale'), {
          method: 'PATCH',
          contentType: 'application/merge-patch+json',
          body: { spec: { replicas } },
        })
      }
    >
      <NumberInput
        value={replicas}
        min={0}
        onMinus={() => set(replicas - 1)}
        onPlus={() => set(replicas + 1)}
        onChange={(event) => set(Number(event.currentTarget.value))}
        inputAriaLabel="Replicas"
        minusBtnAriaLabel="One less"
        plusBtnAriaLabel="One more"
      />
    </ChangeDialog>
  )
}
