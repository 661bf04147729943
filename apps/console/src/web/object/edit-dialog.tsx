import { Alert, Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '../api/errors.ts'
import { objectPath } from '../api/resource-type.ts'
import { ProblemAlert } from '../components/problem.tsx'
import { YamlEditor } from '../components/yaml-editor.tsx'
import { useConsole } from '../console-context.ts'
import type { DialogProperties } from './actions.tsx'
import { type Conflict, conflictsOf, conflictsWithItselfAlone, saveOf } from './save.ts'
import { parseYaml, toYaml } from './yaml.ts'

/** Edits an object as YAML. Whoever else manages a field is named before it is overwritten. */
export function EditDialog({ type, place, object, close }: DialogProperties) {
  const { api } = useConsole()
  const client = useQueryClient()
  // The object as it was when the editor opened: what is typed is a change of that one.
  const [before, setBefore] = useState(object)
  const [text, setText] = useState(() => toYaml(object))
  const save = useMutation({
    mutationFn: async (force: boolean) => {
      const parsed = parseYaml(text)
      if ('problem' in parsed) throw new Error(parsed.problem)
      const edited = parsed.object
      if (edited.metadata.name !== place.name || edited.metadata.namespace !== place.namespace) {
        throw new Error('name and namespace can not be changed; create another object instead')
      }
      const send = (isForced: boolean) => {
        const { query, request } = saveOf(before, edited, isForced)
        return api.json(`${objectPath(type, place)}?${query}`, request)
      }
      return send(force).catch((error: unknown) => {
        if (!(error instanceof ApiError && conflictsWithItselfAlone(error.status))) throw error
        return send(true)
      })
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['object'] })
      close()
    },
    retry: false,
  })
  const isConflict = save.error instanceof ApiError && save.error.code === 409
  return (
    <Modal isOpen variant="large" onClose={close} aria-labelledby="edit-title">
      <ModalHeader title={`Edit ${type.kind} ${place.name}`} labelId="edit-title" />
      <ModalBody>
        {isConflict ? (
          <Conflicts conflicts={conflictsOf((save.error as ApiError).status)} />
        ) : (
          save.error && <ProblemAlert title="Nothing was changed" error={save.error} />
        )}
        <YamlEditor label="YAML" value={text} onChange={setText} />
      </ModalBody>
      <ModalFooter>
        {isConflict ? (
          <>
            <Button variant="danger" onClick={() => save.mutate(true)}>
              Overwrite
            </Button>
            <Button
              variant="secondary"
              onClick={() => {
                setBefore(object)
                setText(toYaml(object))
                save.reset()
              }}
            >
              Take theirs and edit again
            </Button>
          </>
        ) : (
          <Button onClick={() => save.mutate(false)} isLoading={save.isPending} isDisabled={save.isPending}>
            Save
          </Button>
        )}
        <Button variant="link" onClick={close}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  )
}

function Conflicts({ conflicts }: { conflicts: readonly Conflict[] }) {
  return (
    <Alert variant="warning" isInline title="Somebody else manages what you changed" data-page="conflict">
      <ul>
        {conflicts.map(({ field, message }) => (
          <li key={field}>
            <code>{field}</code>: {message}
          </li>
        ))}
      </ul>
    </Alert>
  )
}
