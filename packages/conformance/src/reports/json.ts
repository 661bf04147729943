import { z } from 'zod'
import { type RunResult, runResultSchema } from '../result.ts'

/** The whole result, for other programs; `resultJsonSchema` says what is in it. Pure. */
export function jsonReport(run: RunResult): string {
  return `${JSON.stringify(run, undefined, 2)}\n`
}

/** The JSON Schema of a result. Pure. */
export function resultJsonSchema(): z.core.JSONSchema.BaseSchema {
  return {
    ...z.toJSONSchema(runResultSchema, { target: 'draft-2020-12' }),
    title: 'Conformance result',
    description: 'What a run of `gatehouse conformance` found out: the report json.',
  }
}
