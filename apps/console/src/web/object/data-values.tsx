import {
  Button,
  Card,
  CardBody,
  CardTitle,
  ClipboardCopy,
  ClipboardCopyVariant,
} from '@patternfly/react-core'
import { useState } from 'react'
import type { KubernetesObject } from '../api/objects.ts'
import type { ResourceType } from '../api/resource-type.ts'
import { Fields } from '../components/fields.tsx'
import { decodeValue } from './secret-values.ts'

/** The entries of a config map, and those of a secret one by one when somebody asks for them. */
export function DataValues({ type, object }: { type: ResourceType; object: KubernetesObject }) {
  const isCore = type.group === ''
  if (!isCore || !['configmaps', 'secrets'].includes(type.resource)) return null
  const entries = Object.entries((object['data'] ?? {}) as Readonly<Record<string, string>>)
  const isSecret = type.resource === 'secrets'
  return (
    <Card>
      <CardTitle component="h2">Data</CardTitle>
      <CardBody>
        <Fields
          fields={entries.map(([key, value]) => [
            key,
            isSecret ? <SecretValue label={key} value={value} /> : <Value label={key} value={value} />,
          ])}
        />
        {entries.length === 0 && 'There are no entries.'}
      </CardBody>
    </Card>
  )
}

function Value({ label, value }: { label: string; value: string }) {
  const isLong = value.includes('\n') || value.length > 120
  return (
    <ClipboardCopy
      isReadOnly
      isCode
      variant={isLong ? ClipboardCopyVariant.expansion : ClipboardCopyVariant.inline}
      hoverTip="Copy"
      clickTip="Copied"
      textAriaLabel={label}
    >
      {value}
    </ClipboardCopy>
  )
}

function SecretValue({ label, value }: { label: string; value: string }) {
  const [isShown, setShown] = useState(false)
  const text = decodeValue(value)
  return (
    <>
      {isShown &&
        (text === undefined ? (
          <em>{value.length} characters of base64, which are no text</em>
        ) : (
          <Value label={label} value={text} />
        ))}
      <Button
        variant="link"
        isInline
        onClick={() => setShown(!isShown)}
        aria-label={`${isShown ? 'Hide' : 'Reveal'} ${label}`}
      >
        {isShown ? 'Hide' : 'Reveal'}
      </Button>
    </>
  )
}
