import type { Discovered } from './discovery.ts'
import { KNOWN_BODIES } from './known-bodies.ts'
import { minimalBody, type OpenApiSchema } from './minimal-body.ts'
import type { ServedResource } from './catalogue.ts'

interface Parameter {
  readonly name?: string
}

interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: OpenApiSchema }>> }
  readonly 'x-kubernetes-group-version-kind'?: {
    readonly group: string
    readonly version: string
    readonly kind: string
  }
}

/** As much of an OpenAPI v3 document of one group and version as is looked at. */
export interface OpenApiDocument {
  readonly paths?: Readonly<
    Record<string, Readonly<Record<string, Operation>> & { readonly parameters?: readonly Parameter[] }>
  >
  readonly components?: { readonly schemas?: Readonly<Record<string, OpenApiSchema>> }
}

/** The HTTP method of each verb that may change something. */
const METHODS: Readonly<Record<string, string>> = {
  create: 'post',
  update: 'put',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'delete',
}

/** Adds to a discovered resource what its OpenAPI document says: dry runs, and a minimal body. Pure. */
export function describeResource(found: Discovered, document: OpenApiDocument | undefined): ServedResource {
  const operations = new Map<string, { operation: Operation; parameters: readonly Parameter[] }>()
  for (const verb of found.verbs) {
    const method = METHODS[verb]
    const item = document?.paths?.[templateOf(found, verb)]
    const operation = method === undefined ? undefined : item?.[method]
    if (!operation) continue
    operations.set(verb, {
      operation,
      parameters: [...(item?.parameters ?? []), ...(operation.parameters ?? [])],
    })
  }
  const dryRun = [...operations].filter(([, { parameters }]) =>
    parameters.some(({ name }) => name === 'dryRun'),
  )
  const writing = (operations.get('create') ?? operations.get('update'))?.operation
  return { ...found, dryRun: new Set(dryRun.map(([verb]) => verb)), body: bodyOf(writing, document) }
}

function templateOf({ group, version, resource, subresource, namespaced }: Discovered, verb: string): string {
  const isOfCollection = verb === 'deletecollection' || (verb === 'create' && subresource === '')
  return [
    group === '' ? `/api/${version}` : `/apis/${group}/${version}`,
    ...(namespaced ? ['namespaces/{namespace}'] : []),
    resource,
    ...(isOfCollection ? [] : ['{name}']),
    ...(subresource === '' ? [] : [subresource]),
  ].join('/')
}

function bodyOf(
  operation: Operation | undefined,
  document: OpenApiDocument | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const content = Object.values(operation?.requestBody?.content ?? {})[0]
  const kind = operation?.['x-kubernetes-group-version-kind']
  if (!content?.schema || !kind) return undefined
  const { group, version } = kind
  return {
    ...minimalBody(content.schema, document?.components?.schemas ?? {}),
    ...KNOWN_BODIES[kind.kind],
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind: kind.kind,
  }
}
