import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { inOrder, readManifests } from '../src/user-manifests.ts'
import { watchPaths } from '../src/watch-paths.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-manifests-'))
})
afterEach(() => rm(directory, { recursive: true }))

const object = (kind: string, name: string) => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`

test('files and folders are read, in the order of their names, with all their documents', async () => {
  await mkdir(join(directory, 'folder'))
  await writeFile(join(directory, 'folder', 'b.yml'), object('Secret', 'b'))
  await writeFile(
    join(directory, 'folder', 'a.yaml'),
    `${object('Role', 'a1')}---\n---\n${object('Role', 'a2')}`,
  )
  await writeFile(join(directory, 'folder', 'notes.txt'), 'not read')
  await writeFile(
    join(directory, 'single.json'),
    '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c"}}',
  )
  const manifests = await readManifests([join(directory, 'folder'), join(directory, 'single.json')])
  expect(manifests.map(({ metadata }) => metadata.name)).toEqual(['a1', 'a2', 'b', 'c'])
})

test('all problems are in one error, each with its file and document', async () => {
  await writeFile(join(directory, 'bad.yaml'), `${object('Role', 'x')}---\nkind: Role\nmetadata: {}\n`)
  await writeFile(join(directory, 'worse.yaml'), 'a: [')
  const missing = join(directory, 'missing.yaml')
  const reading = readManifests([directory, missing])
  await expect(reading).rejects.toMatchObject({ code: 'ERR_MANIFEST' })
  for (const part of [
    'bad.yaml, document 2: /apiVersion',
    '/metadata/name',
    'worse.yaml, document 1',
    'missing.yaml',
  ]) {
    await expect(reading).rejects.toThrow(part)
  }
})

test('definitions and namespaces come before what needs them', () => {
  const of = (kind: string) => ({ apiVersion: 'v1', kind, metadata: { name: kind } })
  const { first, rest } = inOrder([of('Widget'), of('CustomResourceDefinition'), of('Pod'), of('Namespace')])
  expect(first.map(({ kind }) => kind)).toEqual(['CustomResourceDefinition', 'Namespace'])
  expect(rest.map(({ kind }) => kind)).toEqual(['Widget', 'Pod'])
})

test('a burst of changes is one change, and nothing is heard after the end', async () => {
  const onChange = vi.fn<() => void>()
  {
    using _watch = watchPaths([directory], onChange)
    for (const name of ['a', 'b', 'c']) await writeFile(join(directory, name), '')
    await expect.poll(() => onChange.mock.calls).toHaveLength(1)
  }
  await writeFile(join(directory, 'd'), '')
  expect(onChange).toHaveBeenCalledTimes(1)
})
