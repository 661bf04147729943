import {
  Alert,
  Button,
  Card,
  CardBody,
  CardTitle,
  Flex,
  FormSelect,
  FormSelectOption,
  TextInput,
} from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { accessQuery, type AccessQuestion } from '../api/access.ts'
import { useDiscovery } from '../api/discovery.ts'
import { useConsole } from '../console-context.ts'
import { ProblemAlert } from './problem.tsx'
import { sentenceOf, WhyNot } from './why-not.tsx'

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']

/** Asks the cluster one question, and, where the answer is no, why. */
export function AccessForm({ namespace }: { namespace: string }) {
  const { data: types = [] } = useDiscovery()
  const [verb, setVerb] = useState('list')
  const [kind, setKind] = useState('pods.')
  const [name, setName] = useState('')
  const [question, setQuestion] = useState<AccessQuestion>()
  const ask = (event: FormEvent) => {
    event.preventDefault()
    const type = types.find(({ resource, group }) => `${resource}.${group}` === kind)
    if (!type) return
    setQuestion({
      verb,
      group: type.group,
      resource: type.resource,
      namespace: type.namespaced ? namespace : undefined,
      name: name.trim() || undefined,
    })
  }
  return (
    <Card>
      <CardTitle component="h2">Can I? Why can&apos;t I?</CardTitle>
      <CardBody>
        <form onSubmit={ask}>
          <Flex gap={{ default: 'gapSm' }} flexWrap={{ default: 'wrap' }}>
            <FormSelect
              aria-label="Verb"
              className="gh-narrow"
              value={verb}
              onChange={(_, value) => setVerb(value)}
            >
              {VERBS.map((value) => (
                <FormSelectOption key={value} value={value} label={value} />
              ))}
            </FormSelect>
            <FormSelect
              aria-label="Resource"
              className="gh-narrow"
              value={kind}
              onChange={(_, value) => setKind(value)}
            >
              {types.map(({ resource, group }) => (
                <FormSelectOption
                  key={`${resource}.${group}`}
                  value={`${resource}.${group}`}
                  label={group ? `${resource}.${group}` : resource}
                />
              ))}
            </FormSelect>
            <TextInput
              aria-label="Name"
              className="gh-narrow"
              placeholder="Any name"
              value={name}
              onChange={(_, value) => setName(value)}
            />
            <Button type="submit" variant="secondary">
              Ask the cluster
            </Button>
          </Flex>
        </form>
        {question && <Answer question={question} />}
      </CardBody>
    </Card>
  )
}

function Answer({ question }: { question: AccessQuestion }) {
  const { api } = useConsole()
  const { data: isAllowed, error } = useQuery(accessQuery(api, question))
  if (error) return <ProblemAlert title="The cluster did not answer" error={error} />
  if (isAllowed === undefined) return null
  const title = `You may ${isAllowed ? '' : 'not '}${sentenceOf(question)}`
  return (
    <Alert
      variant={isAllowed ? 'success' : 'warning'}
      isInline
      title={title}
      className="gh-space-above"
      data-answer={isAllowed ? 'yes' : 'no'}
    >
      {!isAllowed && <WhyNot question={question} />}
    </Alert>
  )
}
