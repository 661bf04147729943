import { z } from 'zod'
import { problem } from './journal.ts'
import { type Operation, operations } from './operations.ts'

type JsonObject = Record<string, unknown>

/** The OpenAPI 3.1 document of the interface. Pure. */
export function openApiDocument(): JsonObject {
  const paths: Record<string, JsonObject> = {}
  for (const [operationId, operation] of Object.entries<Operation>(operations)) {
    paths[operation.path] ??= {}
    paths[operation.path]![operation.method.toLowerCase()] = describe(operationId, operation)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: "The mock Dex's test powers",
      version: '1',
      description:
        'Only for tests: whoever has the secret can be anybody. Listens on loopback, and only where the configuration says so. Refuses requests of web pages (Origin, Sec-Fetch-Site) and other Host headers than its own.',
    },
    security: [{ secret: [] }],
    paths,
    components: {
      securitySchemes: {
        secret: { type: 'http', scheme: 'bearer', description: 'The content of `secretFile`.' },
      },
      schemas: componentSchemas(),
    },
  }
}

function describe(operationId: string, operation: Operation): JsonObject {
  const { summary, params, body, answer, status } = operation
  const refused = {
    description: 'Refused',
    content: { 'application/problem+json': { schema: schemaOf(problem) } },
  }
  return {
    operationId,
    summary,
    ...(params
      ? {
          parameters: Object.entries(params.shape).map(([name, schema]) => ({
            name,
            in: 'path',
            required: true,
            schema: schemaOf(schema as z.ZodType),
          })),
        }
      : {}),
    ...(body
      ? { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } } }
      : {}),
    responses: {
      ...(answer
        ? {
            [status ?? 200]: {
              description: 'Done',
              content: { 'application/json': { schema: schemaOf(answer) } },
            },
          }
        : { 204: { description: 'Done' } }),
      default: refused,
    },
  }
}

/** A schema with an id is referred to; what has none stands where it is used. */
function schemaOf(schema: z.ZodType): unknown {
  const id = schema.meta()?.id
  if (id !== undefined) return { $ref: `#/components/schemas/${id}` }
  const { $schema: _, $defs: __, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' })
  return withComponentReferences(rest)
}

function componentSchemas(): JsonObject {
  const schemas = Object.values<Operation>(operations).flatMap(({ body, answer }) => [body, answer])
  const found: JsonObject = {}
  for (const schema of [...schemas, problem]) {
    if (!schema) continue
    const {
      $defs = {},
      $schema: _,
      ...own
    } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' })
    const id = schema.meta()?.id
    for (const [name, definition] of Object.entries({
      ...$defs,
      ...(id === undefined ? {} : { [id]: own }),
    })) {
      const { id: __, ...rest } = definition
      found[name] = withComponentReferences(rest)
    }
  }
  return Object.fromEntries(Object.entries(found).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** zod refers to `#/$defs/X`, OpenAPI to `#/components/schemas/X`. */
function withComponentReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withComponentReferences)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === '$ref' && typeof member === 'string'
        ? member.replace(/^#\/\$defs\//, '#/components/schemas/')
        : withComponentReferences(member),
    ]),
  )
}
