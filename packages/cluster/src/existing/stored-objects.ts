import { z } from 'zod'
import type { Kubectl } from './kubectl.ts'
import { type ClusterObject, keyOf } from './objects.ts'

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
})
const listSchema = z.looseObject({ kind: z.literal('List'), items: z.array(objectSchema) })

/** The objects in what `kubectl get -o json` prints: nothing, one object or a list. Pure. */
export function parseObjects(text: string): ClusterObject[] {
  if (text.trim() === '') return []
  const value: unknown = JSON.parse(text)
  const list = listSchema.safeParse(value)
  return (list.success ? list.data.items : [objectSchema.parse(value)]) as ClusterObject[]
}

/** Those of `wanted` that are in the cluster, as they are there, by `keyOf`. */
export async function storedObjects(
  wanted: readonly ClusterObject[],
  kubectl: Kubectl,
  signal: AbortSignal,
): Promise<Map<string, ClusterObject>> {
  if (wanted.length === 0) return new Map()
  const items = wanted.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    metadata: { name, ...(namespace ? { namespace } : {}) },
  }))
  const text = await kubectl.run(['get', '--filename=-', '--ignore-not-found', '--output=json'], {
    input: { apiVersion: 'v1', kind: 'List', items },
    signal,
  })
  return new Map(parseObjects(text).map((object) => [keyOf(object), object]))
}
