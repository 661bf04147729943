import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ProblemAlert } from '../components/problem.tsx'

/** A question with a change behind it: asks, sends, shows a refusal, closes on success. */
export function ChangeDialog({
  title,
  confirm,
  isDanger = false,
  change,
  close,
  onDone,
  children,
}: {
  title: string
  confirm: string
  isDanger?: boolean
  change: () => Promise<unknown>
  close: () => void
  onDone?: () => void
  children: ReactNode
}) {
  const client = useQueryClient()
  const { mutate, isPending, error } = useMutation({
    mutationFn: change,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['object'] })
      close()
      onDone?.()
    },
    // What can change the cluster is sent once.
    retry: false,
  })
  return (
    <Modal
      isOpen
      variant="small"
      onClose={close}
      aria-labelledby="change-title"
      aria-describedby="change-body"
    >
      <ModalHeader
        title={title}
        labelId="change-title"
        {...(isDanger ? { titleIconVariant: 'warning' as const } : {})}
      />
      <ModalBody id="change-body">
        {error && <ProblemAlert title="Nothing was changed" error={error} />}
        {children}
      </ModalBody>
      <ModalFooter>
        <Button
          variant={isDanger ? 'danger' : 'primary'}
          onClick={() => mutate()}
          isLoading={isPending}
          isDisabled={isPending}
        >
          {confirm}
        </Button>
        <Button variant="link" onClick={close}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  )
}
