import type { Kubectl } from './kubectl.ts'
import { type ClusterObject, CREATED_BY, groupOf } from './objects.ts'
import { definedResources, discoverResources, type Resource, resourceOf } from './resources.ts'
import { missingRights, reviewRights } from './reviews.ts'
import type { Right } from './rights.ts'
import { parseObjects } from './stored-objects.ts'

/** How a removal ended. */
export interface Removal {
  readonly removed: readonly ClusterObject[]
  /** Namespaces and definitions that hold what others made, each with some of it. */
  readonly kept: readonly { readonly object: ClusterObject; readonly holds: readonly ClusterObject[] }[]
  /** Without these nothing was removed. */
  readonly missingRights: readonly Right[]
  /** Kinds that the user may not list, so that objects of them may be left. */
  readonly unseen: readonly string[]
}

interface RemoveOptions {
  readonly kubectl: Kubectl
  readonly createdBy: string
  readonly signal: AbortSignal
}

/** Removes every object that was created under the name `createdBy`, and nothing else. */
export async function removeObjects(options: RemoveOptions): Promise<Removal> {
  const { kubectl, createdBy, signal } = options
  const resources = await discoverResources(kubectl, signal)
  const { listable, unseen } = await listableResources(resources, options)
  const found = await list(
    listable,
    ['--all-namespaces', '--selector=app.kubernetes.io/managed-by=gatehouse'],
    options,
  )
  const created = found.filter(({ metadata }) => metadata.annotations?.[CREATED_BY] === createdBy)
  const missing = await missingRights(
    created.map((object) => ({ right: rightToDelete(object, resources) })),
    kubectl,
    signal,
  )
  if (missing.length > 0) return { removed: [], kept: [], missingRights: missing, unseen }

  const { contents, containers } = inOrder(created)
  await deleteObjects(contents, options)
  const held = await Promise.all(
    containers.map(async (object) => ({ object, holds: await madeByOthers(object, listable, options) })),
  )
  const kept = held.filter(({ holds }) => holds.length > 0)
  const empty = held.filter(({ holds }) => holds.length === 0).map(({ object }) => object)
  await deleteObjects(empty, options)
  return { removed: [...contents, ...empty], kept, missingRights: [], unseen }
}

/** What is deleted with all that is in it goes last. Pure. */
function inOrder(objects: readonly ClusterObject[]) {
  const isContainer = ({ kind }: ClusterObject) => kind === 'Namespace' || kind === 'CustomResourceDefinition'
  return {
    contents: objects.filter((object) => !isContainer(object)).toReversed(),
    containers: objects.filter(isContainer),
  }
}

async function listableResources(resources: readonly Resource[], { kubectl, signal }: RemoveOptions) {
  const candidates = resources.filter(({ verbs }) => verbs.includes('list') && verbs.includes('delete'))
  const rightToList = ({ group, name }: Resource): Right => ({ verb: 'list', group, resource: name })
  const isAllowed = await reviewRights(candidates.map(rightToList), kubectl, signal)
  return {
    listable: candidates.filter((resource) => isAllowed(rightToList(resource))),
    unseen: candidates.filter((resource) => !isAllowed(rightToList(resource))).map(fullName),
  }
}

async function list(
  resources: readonly Resource[],
  selection: readonly string[],
  { kubectl, signal }: RemoveOptions,
): Promise<ClusterObject[]> {
  if (resources.length === 0) return []
  const names = resources.map(fullName).join(',')
  const text = await kubectl.run(['get', names, ...selection, '--ignore-not-found', '--output=json'], {
    signal,
    requestSeconds: 60,
  })
  return parseObjects(text)
}

/** What others made in a namespace, or of a defined kind. */
async function madeByOthers(
  container: ClusterObject,
  listable: readonly Resource[],
  options: RemoveOptions,
): Promise<ClusterObject[]> {
  if (container.kind === 'CustomResourceDefinition') {
    return list(definedResources([container]), ['--all-namespaces'], options)
  }
  const { name } = container.metadata
  const namespaced = listable.filter(({ namespaced: isNamespaced }) => isNamespaced)
  const found = await list(namespaced, [`--namespace=${name}`], options)
  const elsewhere = new Set((await list(namespaced, ['--namespace=default'], options)).map(contentOf))
  return found.filter((object) => !isOfTheCluster(object) && !elsewhere.has(contentOf(object)))
}

/** What an object says, wherever it is. Controllers put the same into every namespace. Pure. */
function contentOf({ metadata, status: _status, ...content }: ClusterObject): string {
  return JSON.stringify([metadata.name, content])
}

/** What Kubernetes itself puts into every namespace, or keeps for something else. Pure. */
function isOfTheCluster({ kind, metadata }: ClusterObject): boolean {
  if (kind === 'Event' || kind === 'Endpoints') return true
  if (kind === 'ServiceAccount' && metadata.name === 'default') return true
  if (kind === 'ConfigMap' && metadata.name === 'kube-root-ca.crt') return true
  return Array.isArray(metadata['ownerReferences']) && metadata['ownerReferences'].length > 0
}

async function deleteObjects(
  objects: readonly ClusterObject[],
  { kubectl, signal }: RemoveOptions,
): Promise<void> {
  if (objects.length === 0) return
  const items = objects.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    metadata: { name, ...(namespace ? { namespace } : {}) },
  }))
  const flags = ['--ignore-not-found', '--cascade=foreground', '--wait', '--timeout=90s']
  await kubectl.run(['delete', '--filename=-', ...flags], {
    input: { apiVersion: 'v1', kind: 'List', items },
    signal,
    requestSeconds: 100,
  })
}

function rightToDelete(object: ClusterObject, resources: readonly Resource[]): Right {
  const { name, namespace } = object.metadata
  return {
    verb: 'delete',
    group: groupOf(object.apiVersion),
    resource: resourceOf(object, resources)?.name ?? object.kind,
    ...(namespace ? { namespace } : {}),
    name,
  }
}

function fullName({ name, group }: Resource): string {
  return group ? `${name}.${group}` : name
}
