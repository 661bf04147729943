import type { Kubectl } from './kubectl.ts'
import { type ClusterObject, CREATED_BY, FIELD_MANAGER } from './objects.ts'
import type { PlannedWrite } from './plan.ts'

interface WriteOptions {
  readonly kubectl: Kubectl
  /** The name under which the created objects are found again. */
  readonly createdBy: string
  readonly signal: AbortSignal
}

/**
 * Carries out planned writes: definitions and namespaces first. An object that came into being since the plan is
 * not touched, and a change made since then is not lost: both fail.
 *
 * @throws ClusterError with the cluster's words; what was written before stays, and can be removed
 */
export async function writeObjects(writes: readonly PlannedWrite[], options: WriteOptions): Promise<void> {
  const isFirst = ({ object }: PlannedWrite) =>
    object.kind === 'CustomResourceDefinition' || object.kind === 'Namespace'
  const first = writes.filter(isFirst)
  await writeTogether(first, options)
  await untilEstablished(first, options)
  await writeTogether(
    writes.filter((write) => !isFirst(write)),
    options,
  )
}

async function writeTogether(writes: readonly PlannedWrite[], options: WriteOptions): Promise<void> {
  const { kubectl, createdBy, signal } = options
  const flags = ['--filename=-', `--field-manager=${FIELD_MANAGER}`, '--validate=strict', '--output=name']
  const created = writes.filter(({ action }) => action === 'create')
  if (created.length > 0) {
    const input = listOf(created.map(({ object }) => withCreator(object, createdBy)))
    await kubectl.run(['create', ...flags], { input, signal })
  }
  const changed = writes.filter(({ action }) => action === 'change')
  if (changed.length > 0) {
    const input = listOf(changed.map(withVersion))
    await kubectl.run(['apply', '--server-side', '--force-conflicts', ...flags], { input, signal })
  }
}

async function untilEstablished(
  writes: readonly PlannedWrite[],
  { kubectl, signal }: WriteOptions,
): Promise<void> {
  const names = writes
    .filter(({ object }) => object.kind === 'CustomResourceDefinition')
    .map(({ object }) => `customresourcedefinition/${object.metadata.name}`)
  if (names.length === 0) return
  await kubectl.run(['wait', '--for=condition=Established', '--timeout=30s', ...names], {
    signal,
    requestSeconds: 40,
  })
}

function withCreator(object: ClusterObject, createdBy: string): ClusterObject {
  const annotations = { ...object.metadata.annotations, [CREATED_BY]: createdBy }
  return { ...object, metadata: { ...object.metadata, annotations } }
}

function withVersion({ object, resourceVersion }: PlannedWrite): ClusterObject {
  if (resourceVersion === undefined) return object
  return { ...object, metadata: { ...object.metadata, resourceVersion } }
}

function listOf(items: readonly ClusterObject[]) {
  return { apiVersion: 'v1', kind: 'List', items }
}
