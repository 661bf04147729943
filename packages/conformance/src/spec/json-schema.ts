import { z } from 'zod'
import { accessSpecSchema } from './schema.ts'

/** The JSON Schema of an access spec, for editors. Pure. */
export function accessSpecJsonSchema(): z.core.JSONSchema.BaseSchema {
  return {
    ...z.toJSONSchema(accessSpecSchema, { io: 'input', target: 'draft-2020-12' }),
    title: 'Access spec',
    description:
      'Who can do what in a cluster, and through which ways in: what `gatehouse conformance` checks.',
  }
}
