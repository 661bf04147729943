import { z } from 'zod'
import type { Kubectl } from './kubectl.ts'
import { type ClusterObject, groupOf } from './objects.ts'

/** A kind that the API server serves. */
export interface Resource {
  readonly group: string
  readonly kind: string
  /** The plural, as it stands in URLs and in RBAC. */
  readonly name: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

const listSchema = z.object({
  resources: z
    .array(
      z.object({
        name: z.string(),
        group: z.string().default(''),
        kind: z.string(),
        namespaced: z.boolean().default(false),
        verbs: z.array(z.string()).default([]),
      }),
    )
    .nullish(),
})

/** Everything that the cluster serves (kubectl api-resources). */
export async function discoverResources(kubectl: Kubectl, signal: AbortSignal): Promise<Resource[]> {
  const text = await kubectl.run(['api-resources', '--output=json'], { signal })
  return listSchema.parse(JSON.parse(text)).resources ?? []
}

const definitionSchema = z.object({
  spec: z.object({
    group: z.string(),
    scope: z.enum(['Namespaced', 'Cluster']),
    names: z.object({ plural: z.string(), kind: z.string() }),
  }),
})

/** The kinds that CustomResourceDefinitions among `objects` will add. Pure. */
export function definedResources(objects: readonly ClusterObject[]): Resource[] {
  return objects.flatMap((object) => {
    const parsed = definitionSchema.safeParse(object)
    if (object.kind !== 'CustomResourceDefinition' || !parsed.success) return []
    const { group, scope, names } = parsed.data.spec
    return [{ group, kind: names.kind, name: names.plural, namespaced: scope === 'Namespaced', verbs: [] }]
  })
}

/** The resource of an object's kind, or undefined where the cluster has none such. Pure. */
export function resourceOf(object: ClusterObject, resources: readonly Resource[]): Resource | undefined {
  const group = groupOf(object.apiVersion)
  return resources.find((resource) => resource.group === group && resource.kind === object.kind)
}
