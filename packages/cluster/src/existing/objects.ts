/** A Kubernetes object, as far as writing it needs to know one. */
export interface ClusterObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMetadata
  readonly [field: string]: unknown
}

export interface ObjectMetadata {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** Stands on every object that Gatehouse wants in a cluster, whoever applied it. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'gatehouse' } as const
/** Stands on objects that Gatehouse itself created, and names the stack that may remove them. */
export const CREATED_BY = 'gatehouse.localhost/created-by'
/** The field manager of every write. */
export const FIELD_MANAGER = 'gatehouse'

/** `object` with the label by which Gatehouse knows its own. Pure. */
export function labelled(object: ClusterObject): ClusterObject {
  const { metadata } = object
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...MANAGED_BY } } }
}

/** Whether `object` has that label: what has not is somebody else's, and is never changed. Pure. */
export function isManaged({ metadata }: ClusterObject): boolean {
  return metadata.labels?.['app.kubernetes.io/managed-by'] === 'gatehouse'
}

/** Kind, namespace and name, as people write them. Pure. */
export function nameOf({ kind, metadata: { namespace, name } }: ClusterObject): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`
}

/** A key that tells objects apart; the version of an API is not part of an object's identity. Pure. */
export function keyOf({ apiVersion, kind, metadata: { namespace, name } }: ClusterObject): string {
  return [groupOf(apiVersion), kind, namespace ?? '', name].join('|')
}

/** The API group in an `apiVersion`; empty for the core group. Pure. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
}
