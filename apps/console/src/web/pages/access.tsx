import { Alert, Card, CardBody, CardTitle, Label, LabelGroup, Spinner } from '@patternfly/react-core'
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table'
import { useMyRules, useMyself } from '../api/myself.ts'
import { AccessForm } from '../components/access-form.tsx'
import { Fields } from '../components/fields.tsx'
import { Page } from '../components/page.tsx'
import { ProblemAlert } from '../components/problem.tsx'
import { useNamespace } from '../shell/use-namespace.ts'

/** Who am I for this cluster, what may I do, and why not. */
export function AccessPage() {
  const { namespace = 'default' } = useNamespace()
  return (
    <Page title="My access" name="access">
      <div className="gh-cards">
        <Myself />
        <AccessForm key={namespace} namespace={namespace} />
        <Rules namespace={namespace} />
      </div>
    </Page>
  )
}

function Myself() {
  const { data, error } = useMyself()
  return (
    <Card>
      <CardTitle component="h2">Who the cluster takes you for</CardTitle>
      <CardBody>
        {error && <ProblemAlert title="The cluster did not say" error={error} />}
        {data && (
          <Fields
            fields={[
              ['User', data.username],
              [
                'Groups',
                <LabelGroup numLabels={20} aria-label="Groups">
                  {(data.groups ?? []).map((group) => (
                    <Label key={group} isCompact>
                      {group}
                    </Label>
                  ))}
                </LabelGroup>,
              ],
            ]}
          />
        )}
      </CardBody>
    </Card>
  )
}

function Rules({ namespace }: { namespace: string }) {
  const { data, error, isPending } = useMyRules(namespace)
  return (
    <Card>
      <CardTitle component="h2">What you may do in the namespace {namespace}</CardTitle>
      <CardBody>
        {isPending && <Spinner size="md" aria-label="Loading" />}
        {error && <ProblemAlert title="The cluster did not say" error={error} />}
        {data?.incomplete && (
          <Alert variant="info" isInline title="This list is not complete">
            The cluster also decides by other means than roles. What the pages offer is right nevertheless:
            for that the cluster is asked one by one.
          </Alert>
        )}
        {data && (
          <Table variant="compact" aria-label="Rules">
            <Thead>
              <Tr>
                <Th>Verbs</Th>
                <Th>Resources</Th>
                <Th>API groups</Th>
                <Th>Names</Th>
              </Tr>
            </Thead>
            <Tbody>
              {data.resourceRules.map((rule) => (
                <Tr key={JSON.stringify(rule)}>
                  <Td dataLabel="Verbs">{rule.verbs.join(', ')}</Td>
                  <Td dataLabel="Resources">{rule.resources?.join(', ')}</Td>
                  <Td dataLabel="API groups">{rule.apiGroups?.map((group) => group || 'core').join(', ')}</Td>
                  <Td dataLabel="Names">{rule.resourceNames?.join(', ') ?? 'all'}</Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        )}
      </CardBody>
    </Card>
  )
}
