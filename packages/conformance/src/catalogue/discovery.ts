import { z } from 'zod'
import type { GroupVersion, ServedResource } from './catalogue.ts'

/** `Accept` for the aggregated discovery document (apidiscovery.k8s.io/v2), at /api and at /apis. */
export const DISCOVERY_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

const verbs = z.array(z.string()).default([])
const discoverySchema = z.object({
  kind: z.literal('APIGroupDiscoveryList'),
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string().default('') }).default({ name: '' }),
      versions: z
        .array(
          z.object({
            version: z.string(),
            freshness: z.string().optional(),
            resources: z
              .array(
                z.object({
                  resource: z.string(),
                  scope: z.enum(['Namespaced', 'Cluster']),
                  verbs,
                  subresources: z.array(z.object({ subresource: z.string(), verbs })).default([]),
                }),
              )
              .default([]),
          }),
        )
        .default([]),
    }),
  ),
})

export type Discovered = Omit<ServedResource, 'dryRun' | 'body'>

/**
 * The resources in an aggregated discovery document, each in the most preferred version that has it, and what
 * is stale in it. RBAC knows no versions, so one is enough. Pure.
 *
 * @throws ZodError for another document
 */
export function readDiscovery(document: unknown): { resources: Discovered[]; unavailable: GroupVersion[] } {
  const found = new Map<string, Discovered>()
  const unavailable: GroupVersion[] = []
  for (const { metadata, versions } of discoverySchema.parse(document).items) {
    const group = metadata.name
    for (const { version, freshness, resources } of versions) {
      if (freshness === 'Stale') unavailable.push({ group, version })
      for (const { resource, scope, verbs: own, subresources } of resources) {
        const parts = [{ subresource: '', verbs: own }, ...subresources]
        for (const part of parts) {
          const key = `${group}/${resource}/${part.subresource}`
          if (found.has(key) || part.verbs.length === 0) continue
          found.set(key, { group, version, resource, namespaced: scope === 'Namespaced', ...part })
        }
      }
    }
  }
  return { resources: [...found.values()], unavailable }
}
