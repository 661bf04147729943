import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect, test } from 'vitest'
import { runResultSchema } from '../../src/index.ts'
import { REPORTS, resultJsonSchema } from '../../src/reports/index.ts'
import { EVIL, goodRun, runOf } from './run.ts'

const ajv = new Ajv2020({ allErrors: true })
addFormats.default(ajv)

test('the report is the result, and fits its schemas', () => {
  const isValid = ajv.compile(resultJsonSchema())
  for (const run of [goodRun(), runOf(), runOf(EVIL)]) {
    const parsed: unknown = JSON.parse(REPORTS.json(run))
    expect([isValid(parsed), isValid.errors]).toEqual([true, null])
    expect(runResultSchema.parse(parsed)).toEqual(run)
  }
  expect(isValid({ ...goodRun(), mode: 'guess' })).toBe(false)
})

test('the schema in docs is that of the code', async () => {
  const file = join(import.meta.dirname, '../../../../docs/conformance-result.schema.json')
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(resultJsonSchema())
})
