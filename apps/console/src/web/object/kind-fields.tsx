import { Card, CardBody, CardTitle } from '@patternfly/react-core'
import type { ReactNode } from 'react'
import type { KubernetesObject } from '../api/objects.ts'
import { Fields } from '../components/fields.tsx'

type Field = readonly [term: string, value: ReactNode]
/** Parts of objects as the API documents them; whatever is missing is left out. */
type Part = Readonly<Record<string, unknown>>

const part = (value: unknown): Part => (typeof value === 'object' && value !== null ? (value as Part) : {})
const parts = (value: unknown): readonly Part[] => (Array.isArray(value) ? value.map(part) : [])
const text = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
const list = (values: unknown): string => (Array.isArray(values) ? values.map(String).join(', ') : '')
const pairs = (values: unknown): string =>
  Object.entries(part(values))
    .map(([key, value]) => `${key}=${text(value)}`)
    .join(', ')

/** What a kind is about, by kind; the others have their YAML. */
const FIELDS: Readonly<Record<string, (object: KubernetesObject) => Field[]>> = {
  Pod: ({ spec, status }) => [
    ['Phase', text(part(status)['phase'])],
    ['Node', text(part(spec)['nodeName'])],
    ['IP', text(part(status)['podIP'])],
    ['Service account', text(part(spec)['serviceAccountName'])],
    ...parts(part(spec)['containers']).map((container): Field => [
      `Container ${text(container['name'])}`,
      text(container['image']),
    ]),
  ],
  Deployment: workload,
  StatefulSet: workload,
  ReplicaSet: workload,
  DaemonSet: workload,
  Job: ({ spec, status }) => [
    ['Completions', text(part(spec)['completions'])],
    ['Succeeded', text(part(status)['succeeded'] ?? 0)],
    ['Failed', text(part(status)['failed'] ?? 0)],
  ],
  CronJob: ({ spec, status }) => [
    ['Schedule', text(part(spec)['schedule'])],
    ['Last run', text(part(status)['lastScheduleTime'])],
  ],
  Service: ({ spec }) => [
    ['Type', text(part(spec)['type'])],
    ['Cluster IP', text(part(spec)['clusterIP'])],
    ['Selector', pairs(part(spec)['selector'])],
    ...parts(part(spec)['ports']).map((port): Field => [
      `Port ${text(port['name'] ?? port['port'])}`,
      `${text(port['port'])} to ${text(port['targetPort'])} ${text(port['protocol'])}`,
    ]),
  ],
  Node: ({ spec, status }) => [
    ['Version', text(part(part(status)['nodeInfo'])['kubeletVersion'])],
    ['Capacity', pairs(part(status)['capacity'])],
    ['Pod CIDR', text(part(spec)['podCIDR'])],
    ...parts(part(spec)['taints']).map((taint): Field => [
      `Taint ${text(taint['key'])}`,
      text(taint['effect']),
    ]),
  ],
  Namespace: ({ status }) => [['Phase', text(part(status)['phase'])]],
  Secret: ({ type }) => [['Type', text(type)]],
  Role: rules,
  ClusterRole: rules,
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  CustomResourceDefinition: ({ spec }) => [
    ['Group', text(part(spec)['group'])],
    ['Scope', text(part(spec)['scope'])],
    ['Plural', text(part(part(spec)['names'])['plural'])],
    [
      'Versions',
      parts(part(spec)['versions'])
        .map((version) => text(version['name']))
        .join(', '),
    ],
  ],
}

function workload({ spec, status }: KubernetesObject): Field[] {
  return [
    ['Replicas', text(part(spec)['replicas'])],
    ['Ready', text(part(status)['readyReplicas'] ?? part(status)['numberReady'] ?? 0)],
    ['Selector', pairs(part(part(spec)['selector'])['matchLabels'])],
    ...parts(part(part(part(spec)['template'])['spec'])['containers']).map((container): Field => [
      `Container ${text(container['name'])}`,
      text(container['image']),
    ]),
  ]
}

function rules({ rules: all }: KubernetesObject): Field[] {
  return parts(all).map((rule, index): Field => {
    const what = list(rule['resources']) || list(rule['nonResourceURLs'])
    const groups = Array.isArray(rule['apiGroups'])
      ? ` in ${rule['apiGroups'].map((group) => String(group) || 'core').join(', ')}`
      : ''
    const names = list(rule['resourceNames'])
    return [`Rule ${index + 1}`, `${list(rule['verbs'])}: ${what}${groups}${names && ` called ${names}`}`]
  })
}

function binding({ roleRef, subjects }: KubernetesObject): Field[] {
  return [
    ['Role', `${text(part(roleRef)['kind'])} ${text(part(roleRef)['name'])}`],
    ...parts(subjects).map((subject, index): Field => {
      const namespace = text(subject['namespace'])
      return [
        `Subject ${index + 1}`,
        `${text(subject['kind'])} ${namespace ? `${namespace}/` : ''}${text(subject['name'])}`,
      ]
    }),
  ]
}

export function KindFields({ object }: { object: KubernetesObject }) {
  const fields = FIELDS[object.kind ?? '']?.(object) ?? []
  if (fields.length === 0) return null
  return (
    <Card>
      <CardTitle component="h2">What it says</CardTitle>
      <CardBody>
        <Fields fields={fields} />
      </CardBody>
    </Card>
  )
}
