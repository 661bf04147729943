import type { KubernetesObject } from '../api/objects.ts'
import type { RequestOptions } from '../api/client.ts'
import type { Status } from '../api/errors.ts'

export const FIELD_MANAGER = 'gatehouse-console'

/** How an edited object reaches the cluster. */
export interface Save {
  readonly method: 'apply' | 'replace'
  readonly query: string
  readonly request: RequestOptions
}

/**
 * What to send for an edit: server-side apply, which leaves to others what is theirs and tells conflicts. It
 * only removes what this console has applied before, so an edit that takes something away replaces the object as
 * it was read; a change by somebody else in between is a conflict, too. Pure.
 */
export function saveOf(before: KubernetesObject, edited: KubernetesObject, force: boolean): Save {
  const object = withoutServerFields(edited)
  if (isAdditive(withoutServerFields(before), object)) {
    return {
      method: 'apply',
      query: `fieldManager=${FIELD_MANAGER}&force=${force}`,
      request: { method: 'PATCH', contentType: 'application/apply-patch+yaml', body: JSON.stringify(object) },
    }
  }
  // Without the version nothing is compared: that is what "overwrite" asks for.
  const resourceVersion = force ? undefined : before.metadata.resourceVersion
  return {
    method: 'replace',
    query: `fieldManager=${FIELD_MANAGER}`,
    request: { method: 'PUT', body: { ...object, metadata: { ...object.metadata, resourceVersion } } },
  }
}

/** The object without what the server writes. */
function withoutServerFields(object: KubernetesObject): KubernetesObject {
  const { status: _status, ...rest } = object
  const {
    managedFields: _managedFields,
    resourceVersion: _resourceVersion,
    generation: _generation,
    creationTimestamp: _creationTimestamp,
    ...metadata
  } = object.metadata
  return { ...rest, metadata }
}

/** Whether everything that was there still is, at whatever value. */
function isAdditive(before: unknown, after: unknown): boolean {
  if (Array.isArray(before)) {
    return (
      Array.isArray(after) &&
      before.length <= after.length &&
      before.every((member, index) => isAdditive(member, after[index]))
    )
  }
  if (typeof before !== 'object' || before === null) return after !== undefined
  if (typeof after !== 'object' || after === null || Array.isArray(after)) return false
  return Object.entries(before).every(([key, value]) =>
    isAdditive(value, (after as Record<string, unknown>)[key]),
  )
}

/** One field that somebody else has set to another value. */
export interface Conflict {
  readonly field: string
  readonly message: string
}

/** What stands in the way, from the Status of a 409. Pure. */
export function conflictsOf({ details, message }: Status): Conflict[] {
  const causes = details?.causes ?? []
  if (causes.length === 0)
    return [{ field: 'the whole object', message: message ?? 'it was changed meanwhile' }]
  return causes.map((cause) => ({ field: cause.field ?? '?', message: cause.message ?? '' }))
}

/**
 * Whether every conflict is with this console itself: what it created is not "applied" to the API server, and an
 * edit of that would be a conflict with oneself. Pure.
 */
export function conflictsWithItselfAlone({ details }: Status): boolean {
  const causes = details?.causes ?? []
  return (
    causes.length > 0 &&
    causes.every(({ message }) => message?.startsWith(`conflict with "${FIELD_MANAGER}"`))
  )
}
