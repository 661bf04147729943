import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configurationJsonSchema, configurationMarkdown } from '../src/configuration-reference.ts'

const docs = join(import.meta.dirname, '../../../docs')

test('docs/configuration.md is what the schema says', async () => {
  expect(await readFile(join(docs, 'configuration.md'), 'utf8')).toBe(configurationMarkdown())
})

test('docs/gatehouse.schema.json is what the schema says', async () => {
  expect(JSON.parse(await readFile(join(docs, 'gatehouse.schema.json'), 'utf8'))).toEqual(
    configurationJsonSchema(),
  )
})

test('every setting is explained', () => {
  const settings = configurationMarkdown()
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  expect(settings.length).toBeGreaterThan(10)
  for (const line of settings) expect(line).not.toMatch(/\|\s*\|$/)
})
