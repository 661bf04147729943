import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { digestSources } from '../sources.ts'

let root: string
const write = async (file: string, content = '') => {
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), content)
}
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatehouse-sources-'))
  await write('node_modules/.pnpm/lock.yaml', 'lockfileVersion: 9')
  await write('apps/dex/src/main.ts', 'start()')
  await write('packages/pki/package.json', '{}')
  return () => rm(root, { recursive: true })
})

test.each([
  ['a source that changes', 'apps/dex/src/main.ts', 'stop()'],
  ['a source that is new', 'apps/dex/src/web/theme/styles.css', ''],
  ['a package that changes', 'packages/pki/package.json', '{"exports":{}}'],
  ['how bundles are made', 'scripts/images/bundle.ts', ''],
  ['what is installed', 'node_modules/.pnpm/lock.yaml', 'lockfileVersion: 10'],
])('%s changes the digest', async (_, file, content) => {
  const before = await digestSources(root)
  await write(file, content)
  expect(await digestSources(root)).not.toBe(before)
})

test('what was made of it and what is in no image do not change the digest', async () => {
  const before = await digestSources(root)
  await write('apps/dex/node_modules/zod/index.js', 'export {}')
  await write('apps/dex/dist/main.js', 'export {}')
  await write('docs/architecture.md', 'other words')
  expect(await digestSources(root)).toBe(before)
})

test('the same content under another name is something else', async () => {
  const before = await digestSources(root)
  await rm(join(root, 'apps/dex/src/main.ts'))
  await write('apps/dex/src/mail.ts', 'start()')
  expect(await digestSources(root)).not.toBe(before)
})
