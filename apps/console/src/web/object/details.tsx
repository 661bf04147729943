import { Card, CardBody, CardTitle, Label, LabelGroup } from '@patternfly/react-core'
import { useDiscovery } from '../api/discovery.ts'
import type { ObjectMeta } from '../api/objects.ts'
import { apiVersionOf } from '../api/resource-type.ts'
import { Fields } from '../components/fields.tsx'
import { ObjectLink } from '../components/object-link.tsx'
import { Age } from '../components/time.tsx'
import { Conditions } from './conditions.tsx'
import { DataValues } from './data-values.tsx'
import { KindFields } from './kind-fields.tsx'
import type { TabProperties } from './tabs.tsx'

/** An object as fields: what every kind has, then what this one is about. */
export function Details({ type, object }: TabProperties) {
  const { metadata } = object
  return (
    <div className="gh-cards">
      <Card>
        <CardTitle component="h2">{type.kind}</CardTitle>
        <CardBody>
          <Fields
            fields={[
              ['Name', metadata.name],
              ['Namespace', metadata.namespace],
              ['Age', <Age since={metadata.creationTimestamp} />],
              ['Labels', <Texts texts={metadata.labels} />],
              ['Annotations', <Texts texts={withoutValues(metadata.annotations)} />],
              ['Owned by', <Owners owners={metadata.ownerReferences} namespace={metadata.namespace} />],
              ['UID', metadata.uid && <span data-volatile>{metadata.uid}</span>],
            ]}
          />
        </CardBody>
      </Card>
      <KindFields object={object} />
      <Conditions object={object} />
      <DataValues type={type} object={object} />
    </div>
  )
}

/** kubectl keeps whole objects in an annotation, a secret's values included; its place is the YAML. */
function withoutValues(annotations: ObjectMeta['annotations']) {
  const { 'kubectl.kubernetes.io/last-applied-configuration': _whole, ...rest } = annotations ?? {}
  return rest
}

function Texts({ texts }: { texts: Readonly<Record<string, string>> | undefined }) {
  const entries = Object.entries(texts ?? {})
  if (entries.length === 0) return '-'
  return (
    <LabelGroup numLabels={20} aria-label="Entries">
      {entries.map(([key, value]) => (
        <Label key={key} isCompact variant="outline">
          {value === '' ? key : `${key}=${value}`}
        </Label>
      ))}
    </LabelGroup>
  )
}

function Owners({
  owners,
  namespace,
}: {
  owners: ObjectMeta['ownerReferences']
  namespace: string | undefined
}) {
  const { data = [] } = useDiscovery()
  if (!owners || owners.length === 0) return '-'
  return owners.map(({ apiVersion, kind, name }) => {
    const type = data.find((candidate) => candidate.kind === kind && apiVersionOf(candidate) === apiVersion)
    return (
      <span key={`${kind}/${name}`}>
        {kind}{' '}
        {type ? (
          <ObjectLink type={type} place={{ name, namespace: type.namespaced ? namespace : undefined }} />
        ) : (
          name
        )}
      </span>
    )
  })
}
