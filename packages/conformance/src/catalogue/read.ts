import { z } from 'zod'
import { ConformanceError } from '../errors.ts'
import type { Catalogue, GroupVersion } from './catalogue.ts'
import { DISCOVERY_TYPE, readDiscovery } from './discovery.ts'
import { describeResource, type OpenApiDocument } from './openapi.ts'

/** GETs a path of the API as somebody who may see what is served; the body of a 200. */
export type Get = (path: string, accept?: string) => Promise<string>

const openApiIndexSchema = z.object({
  paths: z.record(z.string(), z.object({ serverRelativeURL: z.string() })),
})
const versionSchema = z.object({ gitVersion: z.string() })
const rootSchema = z.object({ paths: z.array(z.string()) })

/**
 * Paths below the first are covered by discovery, or are parts of what stands above them. Health is for everybody,
 * and usually not in audit logs.
 */
const LEFT_OUT = /^\/(?:apis|api|openapi|metrics)\/|^\/(?:healthz|livez|readyz)(?:\/|$)|\/$/
/** What each cluster serves, though its index may not say so to everybody. */
const ALWAYS = ['/api', '/apis', '/metrics', '/openapi/v2', '/openapi/v3', '/version']

/**
 * Asks the cluster for everything that it serves: aggregated discovery, the OpenAPI v3 documents of each
 * group, and the index of non-resource paths.
 *
 * @throws ConformanceError `ERR_CLUSTER`
 */
export async function readCatalogue(get: Get): Promise<Catalogue> {
  try {
    const [version, core, groups, index, root] = await Promise.all([
      get('/version'),
      get('/api', DISCOVERY_TYPE),
      get('/apis', DISCOVERY_TYPE),
      get('/openapi/v3'),
      get('/').catch(() => '{"paths":[]}'),
    ])
    const discovered = [core, groups].map((text) => readDiscovery(JSON.parse(text)))
    const resources = discovered.flatMap((one) => one.resources)
    const urls = openApiIndexSchema.parse(JSON.parse(index)).paths
    const unavailable = discovered.flatMap((one) => one.unavailable)
    const documents = new Map<string, OpenApiDocument>()
    // What is away can't say what its requests look like either.
    const wanted = new Set(resources.map(documentOf)).difference(new Set(unavailable.map(documentOf)))
    await Promise.all(
      [...wanted].map(async (name) => {
        const url = urls[name]?.serverRelativeURL
        if (url !== undefined) documents.set(name, JSON.parse(await get(url)) as OpenApiDocument)
      }),
    )
    const { paths } = rootSchema.parse(JSON.parse(root))
    return {
      version: versionSchema.parse(JSON.parse(version)).gitVersion,
      resources: resources.map((one) => describeResource(one, documents.get(documentOf(one)))),
      nonResourcePaths: [...new Set([...ALWAYS, ...paths.filter((path) => !LEFT_OUT.test(path))])].toSorted(),
      unavailable,
    }
  } catch (cause) {
    const message = `the cluster could not be asked what it serves: ${(cause as Error).message}`
    throw new ConformanceError('ERR_CLUSTER', message, { cause })
  }
}

function documentOf({ group, version }: GroupVersion): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`
}
