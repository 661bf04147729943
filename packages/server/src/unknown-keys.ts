import { z } from 'zod'
import { type Problem, unknownKeyMessage } from './problems.ts'

/**
 * The keys of `value` that a `z.object` would drop without a word: a mistyped setting must not silently
 * mean its default. Pure.
 */
export function unknownKeys(
  schema: z.core.$ZodType,
  value: unknown,
  path: readonly PropertyKey[] = [],
): Problem[] {
  const inner = unwrap(schema)
  if (Array.isArray(value)) {
    if (!(inner instanceof z.ZodArray)) return []
    return value.flatMap((item, index) => unknownKeys(inner.element, item, [...path, index]))
  }
  if (typeof value !== 'object' || value === null) return []
  const entries = Object.entries(value)
  if (inner instanceof z.ZodObject) {
    return entries.flatMap(([key, member]) => {
      const field: z.core.$ZodType | undefined = Object.hasOwn(inner.shape, key)
        ? inner.shape[key]
        : undefined
      if (field) return unknownKeys(field, member, [...path, key])
      // With a catchall the schema itself says what becomes of other keys.
      return inner.def.catchall ? [] : [{ path: [...path, key], message: unknownKeyMessage }]
    })
  }
  if (inner instanceof z.ZodRecord) {
    return entries.flatMap(([key, member]) => unknownKeys(inner.valueType, member, [...path, key]))
  }
  if (inner instanceof z.ZodUnion) {
    const chosen = inner.options.find((option) => z.safeParse(option, value).success)
    return chosen ? unknownKeys(chosen, value, path) : []
  }
  return []
}

/** The schema that looks at the input first, below optional, default, nullable, readonly and transforms. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodCatch
  ) {
    return unwrap(schema.def.innerType)
  }
  if (schema instanceof z.ZodPipe) return unwrap(schema.def.in)
  if (schema instanceof z.ZodLazy) return unwrap(schema.def.getter())
  return schema
}
