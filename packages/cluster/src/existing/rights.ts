import { z } from 'zod'
import type { ClusterObject } from './objects.ts'
import type { Resource } from './resources.ts'

/** What somebody may do to a resource: the attributes of a SelfSubjectAccessReview. */
export interface ResourceRight {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  /** Absent where the right has to be for every name, as for `create`. */
  readonly name?: string
}

export interface PathRight {
  readonly verb: string
  readonly path: string
}

export type Right = ResourceRight | PathRight

/** A right without which something can't be done, unless all of `instead` are there. */
export interface Need {
  readonly right: Right
  readonly instead?: readonly Right[]
}

const RBAC = 'rbac.authorization.k8s.io'

/** The right to read an object. Pure. */
export function needToRead(object: ClusterObject, resource: Resource): Need {
  return { right: rightTo('get', object, resource) }
}

/**
 * The rights that creating or changing an object takes. Roles and bindings take more than the verb: nobody gives
 * away what he has not, but for the verbs `escalate` and `bind` (k8s.io/kubernetes/pkg/registry/rbac). Pure.
 */
export function needsToWrite(
  action: 'create' | 'change',
  object: ClusterObject,
  resource: Resource,
  all: readonly ClusterObject[],
): Need[] {
  const verb = action === 'create' ? 'create' : 'patch'
  const needs: Need[] = [{ right: rightTo(verb, object, resource) }]
  if (resource.group !== RBAC) return needs
  if (isRole(object.kind)) {
    needs.push({ right: { ...rightTo(verb, object, resource), verb: 'escalate' }, ...insteadOf(object) })
  }
  const reference = referenceSchema.safeParse(object['roleRef'])
  if (reference.success) {
    const { kind, name } = reference.data
    const { namespace } = object.metadata
    const role = all.find((other) => {
      return (
        other.kind === kind &&
        other.metadata.name === name &&
        (kind === 'ClusterRole' || other.metadata.namespace === namespace)
      )
    })
    needs.push({
      right: {
        verb: 'bind',
        group: RBAC,
        resource: kind === 'ClusterRole' ? 'clusterroles' : 'roles',
        ...(namespace ? { namespace } : {}),
        name,
      },
      ...(role ? insteadOf(role) : {}),
    })
  }
  return needs
}

const referenceSchema = z.object({ kind: z.enum(['ClusterRole', 'Role']), name: z.string() })

function rightTo(verb: string, { metadata }: ClusterObject, { group, name }: Resource): ResourceRight {
  return {
    verb,
    group,
    resource: name,
    ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
    // A request to create is authorized without a name.
    ...(verb === 'create' ? {} : { name: metadata.name }),
  }
}

function isRole(kind: string): boolean {
  return kind === 'ClusterRole' || kind === 'Role'
}

const namesSchema = z.array(z.string()).default([])
const rulesSchema = z.array(
  z.object({
    apiGroups: namesSchema,
    resources: namesSchema,
    resourceNames: namesSchema,
    nonResourceURLs: namesSchema,
    verbs: namesSchema,
  }),
)

/** Who has everything that a role gives may give it on. The rules of an aggregated role are not known. */
function insteadOf(role: ClusterObject): { readonly instead?: readonly Right[] } {
  const rules = rulesSchema.safeParse(role['rules'])
  if (!rules.success || 'aggregationRule' in role) return {}
  const { namespace } = role.metadata
  const place = namespace ? { namespace } : {}
  const instead = rules.data.flatMap((rule) =>
    rule.verbs.flatMap((verb): Right[] => [
      ...rule.nonResourceURLs.map((path) => ({ verb, path })),
      ...rule.apiGroups.flatMap((group) =>
        rule.resources.flatMap((combined) => {
          const [resource = '', ...rest] = combined.split('/')
          const right: ResourceRight = {
            verb,
            group,
            resource,
            ...place,
            ...(rest.length > 0 ? { subresource: rest.join('/') } : {}),
          }
          if (rule.resourceNames.length === 0) return [right]
          return rule.resourceNames.map((name) => ({ ...right, name }))
        }),
      ),
    ]),
  )
  return { instead }
}

/** One line for each object that somebody lacks rights to, with all the verbs. Pure. */
export function describeRights(rights: readonly Right[]): string[] {
  const verbs = new Map<string, Set<string>>()
  for (const right of rights) {
    const what = describeTarget(right)
    verbs.set(what, (verbs.get(what) ?? new Set()).add(right.verb))
  }
  return [...verbs].map(([what, names]) => `${[...names].join(', ')} ${what}`)
}

function describeTarget(right: Right): string {
  if ('path' in right) return right.path
  const { group, resource, subresource, namespace, name } = right
  return [
    `${resource}${subresource ? `/${subresource}` : ''}${group ? `.${group}` : ''}`,
    name === undefined ? '' : `"${name}"`,
    namespace === undefined ? '' : `in the namespace ${namespace}`,
  ]
    .filter(Boolean)
    .join(' ')
}
