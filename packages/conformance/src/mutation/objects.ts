import { z } from 'zod'
import { ConformanceError } from '../errors.ts'
import type { Api } from '../run/api.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'

const subjectSchema = z.object({
  kind: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
  apiGroup: z.string().optional(),
})
const objectSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
})
const bindingSchema = objectSchema.extend({
  roleRef: z.object({ apiGroup: z.string(), kind: z.string(), name: z.string() }),
  subjects: z.array(subjectSchema).nullish(),
})

/** A role or binding as it can be created anew: what the API server adds is left out. */
export interface RbacObject {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1'
  readonly kind: 'ClusterRole' | 'ClusterRoleBinding' | 'Role' | 'RoleBinding'
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

export interface Binding extends RbacObject {
  readonly kind: 'ClusterRoleBinding' | 'RoleBinding'
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string }
  readonly subjects: readonly z.output<typeof subjectSchema>[]
}

export interface RbacObjects {
  readonly roles: readonly RbacObject[]
  readonly bindings: readonly Binding[]
}

/**
 * Reads every role and binding of the cluster, and of `namespaces`.
 *
 * @throws ConformanceError `ERR_CLUSTER`
 */
export async function readRbacObjects(api: Api, namespaces: readonly string[]): Promise<RbacObjects> {
  const list = async (path: string): Promise<unknown[]> => {
    const { status, text } = await api.send('GET', `${RBAC}/${path}`)
    if (status === 200) return (JSON.parse(text) as { items: unknown[] }).items
    throw new ConformanceError('ERR_CLUSTER', `${path} can't be listed (${status}): ${text.slice(0, 300)}`)
  }
  const within = (resource: string) =>
    Promise.all(namespaces.map((namespace) => list(`namespaces/${namespace}/${resource}`))).then((all) =>
      all.flat(),
    )
  const [clusterRoles, clusterRoleBindings, roles, roleBindings] = await Promise.all([
    list('clusterroles'),
    list('clusterrolebindings'),
    within('roles'),
    within('rolebindings'),
  ])
  return {
    roles: [
      ...clusterRoles.map((one) => roleOf('ClusterRole', one)),
      ...roles.map((one) => roleOf('Role', one)),
    ],
    bindings: [
      ...clusterRoleBindings.map((one) => bindingOf('ClusterRoleBinding', one)),
      ...roleBindings.map((one) => bindingOf('RoleBinding', one)),
    ],
  }
}

function roleOf(kind: 'ClusterRole' | 'Role', value: unknown): RbacObject {
  const { metadata, rules, aggregationRule } = objectSchema.parse(value)
  // Where rules are collected from other roles, the cluster does that.
  const content = aggregationRule ? { aggregationRule } : { rules }
  return { ...head(kind, metadata), ...content }
}

function bindingOf(kind: Binding['kind'], value: unknown): Binding {
  const { metadata, roleRef, subjects } = bindingSchema.parse(value)
  return { ...head(kind, metadata), kind, roleRef, subjects: subjects ?? [] }
}

function head<Kind extends RbacObject['kind']>(
  kind: Kind,
  metadata: z.output<typeof objectSchema>['metadata'],
) {
  const { name, namespace, labels } = metadata
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1' as const,
    kind,
    metadata: { name, ...(namespace ? { namespace } : {}), ...(labels ? { labels } : {}) },
  }
}

/** Puts an object into a cluster as it is given; one that is there is replaced. @throws ConformanceError */
export async function put(api: Api, object: RbacObject): Promise<void> {
  const { status, text } = await api.send('POST', collectionOf(object), object)
  if (status === 201) return
  if (status === 409) {
    await remove(api, object)
    const again = await api.send('POST', collectionOf(object), object)
    if (again.status === 201) return
  }
  throw new ConformanceError(
    'ERR_CLUSTER',
    `${describeObject(object)} can't be made (${status}): ${text.slice(0, 300)}`,
  )
}

/** @throws ConformanceError */
export async function remove(api: Api, object: RbacObject): Promise<void> {
  const { status, text } = await api.send('DELETE', `${collectionOf(object)}/${object.metadata.name}`)
  if (status === 200 || status === 404) return
  throw new ConformanceError(
    'ERR_CLUSTER',
    `${describeObject(object)} can't be removed (${status}): ${text.slice(0, 300)}`,
  )
}

function collectionOf({ kind, metadata: { namespace } }: RbacObject): string {
  return `${RBAC}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${kind.toLowerCase()}s`
}

/** KIND [NAMESPACE/]NAME. Pure. */
export function describeObject({ kind, metadata: { name, namespace } }: RbacObject): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}
