/** As much of JSON Schema as Kubernetes' OpenAPI documents use for what is required. */
export interface OpenApiSchema {
  readonly $ref?: string
  readonly allOf?: readonly OpenApiSchema[]
  readonly type?: string
  readonly format?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly minItems?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, OpenApiSchema>>
  readonly items?: OpenApiSchema
  readonly 'x-kubernetes-int-or-string'?: boolean
}

type Schemas = Readonly<Record<string, OpenApiSchema>>

/** Definitions of recursive types (JSONSchemaProps) end here. */
const MAX_DEPTH = 12

/**
 * The smallest object of `schema` that has everything required, with a `spec` where there is one, since most
 * say only inside what they require. apiVersion, kind and metadata are the caller's. It need not be accepted:
 * an object that is refused as invalid was authorized before. Pure.
 */
export function minimalBody(schema: OpenApiSchema, schemas: Schemas): Record<string, unknown> {
  const { properties = {}, required = [] } = resolve(schema, schemas)
  const wanted = Object.keys(properties).filter((name) => name === 'spec' || required.includes(name))
  const filled = wanted
    .filter((name) => !['apiVersion', 'kind', 'metadata', 'status'].includes(name))
    .map((name) => [name, minimalValue(properties[name]!, schemas, 0)])
  return Object.fromEntries(filled) as Record<string, unknown>
}

function minimalValue(schema: OpenApiSchema, schemas: Schemas, depth: number): unknown {
  const own = resolve(schema, schemas)
  if (own.enum && own.enum.length > 0) return own.enum[0]
  switch (own.type ?? 'object') {
    case 'string':
      return own.format === 'date-time' ? '2026-01-01T00:00:00.000000Z' : own.format === 'byte' ? '' : 'x'
    case 'integer':
    case 'number':
      return Math.max(1, own.minimum ?? 1)
    case 'boolean':
      return false
    case 'array':
      return depth < MAX_DEPTH && own.items ? [minimalValue(own.items, schemas, depth + 1)] : []
    default:
      if (own['x-kubernetes-int-or-string']) return 1
      if (depth >= MAX_DEPTH) return {}
      return Object.fromEntries(
        (own.required ?? []).map((name) => [
          name,
          minimalValue(own.properties?.[name] ?? {}, schemas, depth + 1),
        ]),
      )
  }
}

/** Follows `$ref`, alone or, beside a description, in an `allOf` of one. */
function resolve(schema: OpenApiSchema, schemas: Schemas): OpenApiSchema {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref
  const name = reference?.split('/').at(-1)
  const target = name === undefined ? undefined : schemas[name]
  return target ? resolve(target, schemas) : schema
}
