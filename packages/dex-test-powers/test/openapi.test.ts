import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openApiDocument, type Operation, operations } from '../src/index.ts'

const FILE = new URL('../../../docs/dex-test-powers.openapi.json', import.meta.url)

test('the document in docs is that of the operations; `node scripts/openapi.ts` writes it', async () => {
  expect(JSON.parse(await readFile(FILE, 'utf8'))).toEqual(openApiDocument())
})

test('every operation stands in it once, under its method and path', () => {
  const { paths } = openApiDocument() as { paths: Record<string, Record<string, { operationId: string }>> }
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { operationId }]) => `${operationId} ${method.toUpperCase()} ${path}`,
    ),
  )
  const wanted = Object.entries<Operation>(operations).map(
    ([name, { method, path }]) => `${name} ${method} ${path}`,
  )
  expect(described.toSorted()).toEqual(wanted.toSorted())
})

test('every reference in it leads somewhere, and every placeholder of a path is a parameter', () => {
  const document = openApiDocument() as {
    components: { schemas: object }
    paths: Record<string, Record<string, { parameters?: { name: string }[] }>>
  }
  const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)
  const known = new Set(
    Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`),
  )
  expect(known.size).toBeGreaterThan(10)
  for (const [, reference] of references) expect.soft(known).toContain(reference)
  for (const [path, methods] of Object.entries(document.paths)) {
    const placeholders = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name)
    for (const { parameters = [] } of Object.values(methods)) {
      expect.soft(parameters.map(({ name }) => name)).toEqual(placeholders)
    }
  }
})
