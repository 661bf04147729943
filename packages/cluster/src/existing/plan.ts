import { ClusterError } from '../errors.ts'
import { isAsWanted } from './is-as-wanted.ts'
import type { Kubectl } from './kubectl.ts'
import { type ClusterObject, isManaged, keyOf, labelled, nameOf } from './objects.ts'
import { definedResources, discoverResources, type Resource, resourceOf } from './resources.ts'
import { missingRights, reviewRights } from './reviews.ts'
import { type Need, needsToWrite, needToRead, type Right } from './rights.ts'
import { storedObjects } from './stored-objects.ts'

/** One write that would make an object what it is wanted to be. */
export interface PlannedWrite {
  readonly action: 'create' | 'change'
  readonly object: ClusterObject
  /** Of the object that is changed, so that no other change in between is lost. */
  readonly resourceVersion?: string
}

/** What would have to be written to a cluster, and what stands in the way. Nothing was written for it. */
export interface WritePlan {
  readonly writes: readonly PlannedWrite[]
  /** Objects with a wanted name that are somebody else's; they are never changed. */
  readonly foreign: readonly ClusterObject[]
  /** What the kubeconfig's user may not do, of what the plan and the stack's further life need. */
  readonly missingRights: readonly Right[]
}

export interface WantedObject {
  readonly object: ClusterObject
  readonly resource: Resource
  /** As it is in the cluster; undefined when it isn't there, or when that can't be known. */
  readonly stored: ClusterObject | undefined
}

/** Compares what is wanted with what is there. Pure. */
export function decideWrites(wanted: readonly WantedObject[]): Omit<WritePlan, 'missingRights'> {
  const writes: PlannedWrite[] = []
  const foreign: ClusterObject[] = []
  for (const { object, stored } of wanted) {
    if (stored === undefined) writes.push({ action: 'create', object })
    else if (!isManaged(stored)) foreign.push(stored)
    else if (!isAsWanted(object, stored)) {
      const { resourceVersion } = stored.metadata
      writes.push({
        action: 'change',
        object,
        ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
      })
    }
  }
  return { writes, foreign }
}

/**
 * Finds out what writing `objects` takes, with requests that only read. `further` are rights that are needed
 * besides, whatever is there already.
 *
 * @throws ClusterError `ERR_UNKNOWN_KIND` for objects of kinds that the cluster does not serve
 */
export async function planWrites(
  objects: readonly ClusterObject[],
  further: readonly Right[],
  { kubectl, signal }: { kubectl: Kubectl; signal: AbortSignal },
): Promise<WritePlan> {
  const served = await discoverResources(kubectl, signal)
  const wanted = withResources(objects, served, definedResources(objects))
  const reads = new Map(wanted.map((entry) => [entry, needToRead(entry.object, entry.resource)]))
  const isAllowed = await reviewRights(
    [...reads.values()].map(({ right }) => right),
    kubectl,
    signal,
  )
  const readable = wanted.filter((entry) => isAllowed(reads.get(entry)!.right))
  const stored = await storedObjects(
    readable.filter(({ object }) => resourceOf(object, served)).map(({ object }) => object),
    kubectl,
    signal,
  )
  const compared = wanted.map((entry) => ({ ...entry, stored: stored.get(keyOf(entry.object)) }))
  const decided = decideWrites(compared)
  const resources = new Map(compared.map(({ object, resource }) => [object, resource]))
  const needs: Need[] = [
    ...reads.values(),
    ...decided.writes.flatMap(({ action, object }) =>
      needsToWrite(action, object, resources.get(object)!, objects),
    ),
    ...further.map((right) => ({ right })),
  ]
  return { ...decided, missingRights: await missingRights(needs, kubectl, signal) }
}

/** Labels each object, gives it the namespace it would get anyway, and finds its resource. */
function withResources(
  objects: readonly ClusterObject[],
  served: readonly Resource[],
  defined: readonly Resource[],
): WantedObject[] {
  const unknown: string[] = []
  const wanted = objects.flatMap((object) => {
    const resource = resourceOf(object, served) ?? resourceOf(object, defined)
    if (resource) return [{ object: inNamespace(labelled(object), resource), resource, stored: undefined }]
    unknown.push(`${nameOf(object)} (${object.apiVersion})`)
    return []
  })
  if (unknown.length === 0) return wanted
  throw new ClusterError(
    'ERR_UNKNOWN_KIND',
    `the cluster has no such kinds: ${unknown.join(', ')}; leave these objects out, or install what defines them`,
  )
}

/** Not the namespace of the user's context, which has to do with other work. */
function inNamespace(object: ClusterObject, { namespaced }: Resource): ClusterObject {
  if (!namespaced || object.metadata.namespace !== undefined) return object
  return { ...object, metadata: { ...object.metadata, namespace: 'default' } }
}
