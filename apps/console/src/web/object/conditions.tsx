import { Card, CardBody, CardTitle, Label } from '@patternfly/react-core'
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table'
import type { KubernetesObject } from '../api/objects.ts'
import { Age } from '../components/time.tsx'

/** `metav1.Condition`, as `status.conditions` of most kinds holds them. */
interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
}

export function Conditions({ object }: { object: KubernetesObject }) {
  const conditions = (object['status'] as { conditions?: unknown } | undefined)?.conditions
  if (!Array.isArray(conditions) || conditions.length === 0) return null
  return (
    <Card>
      <CardTitle component="h2">Conditions</CardTitle>
      <CardBody>
        <Table variant="compact" aria-label="Conditions">
          <Thead>
            <Tr>
              <Th>Type</Th>
              <Th>Status</Th>
              <Th>Since</Th>
              <Th>Reason</Th>
              <Th>Message</Th>
            </Tr>
          </Thead>
          <Tbody>
            {(conditions as Condition[]).map((condition) => (
              <Tr key={condition.type}>
                <Td dataLabel="Type">{condition.type}</Td>
                <Td dataLabel="Status">
                  <Label isCompact color={condition.status === 'True' ? 'green' : 'grey'}>
                    {condition.status}
                  </Label>
                </Td>
                <Td dataLabel="Since">
                  <Age since={condition.lastTransitionTime} />
                </Td>
                <Td dataLabel="Reason">{condition.reason}</Td>
                <Td dataLabel="Message">{condition.message}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      </CardBody>
    </Card>
  )
}
