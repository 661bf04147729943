import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Binary, catalogue } from '../src/catalogue.ts'
import { platformOf } from '../src/platform.ts'
import { mergeChecksums, pinnedChecksums, versions } from '../src/versions.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** The lines of a product's go.mod, without indentation and comments. */
async function goMod(product: string): Promise<string[]> {
  const file = join(import.meta.dirname, '..', 'modules', product, 'go.mod')
  return (await readFile(file, 'utf8')).split('\n').map((line) => line.replace(/\/\/.*/, '').trim())
}

test.each([
  ['kubernetes', 'k8s.io/kubernetes', versions.kubernetes],
  ['etcd', 'go.etcd.io/etcd/server/v3', versions.etcd],
  ['kwok', 'sigs.k8s.io/kwok', versions.kwok],
  ['kind', 'sigs.k8s.io/kind', versions.kind],
  ['helm', 'helm.sh/helm/v4', versions.helm],
  ['compose', 'github.com/docker/compose/v5', versions.compose],
])('the versions file and the go.mod of %s agree', async (product, module, version) => {
  const required = (await goMod(product)).map((line) => line.replace(/^require /, ''))
  expect(required).toContain(`${module} ${version}`)
})

test.each(Object.entries<Binary>(catalogue))(
  '%s is a tool of its module',
  async (_, { product, goPackage }) => {
    expect((await goMod(product)).map((line) => line.replace(/^tool /, ''))).toContain(goPackage)
  },
)

test('a file of checksums adds to those of the repository', async () => {
  const file = join(await temporaryDirectory(), 'sums.json')
  await writeFile(file, JSON.stringify({ sha256: { 'a/b': 'f'.repeat(64) } }))
  expect(await pinnedChecksums(file)).toMatchObject({
    ...(await pinnedChecksums(undefined)),
    'a/b': 'f'.repeat(64),
  })
})

test.each([
  ['no JSON', 'deadbeef  kubectl'],
  ['a short sum', '{"sha256": {"a": "abc"}}'],
  ['no sums', '{}'],
])('a file of checksums that is none (%s) is an error that names it', async (_, content) => {
  const file = join(await temporaryDirectory(), 'sums.json')
  await writeFile(file, content)
  await expect(pinnedChecksums(file)).rejects.toMatchObject({
    code: 'ERR_INVALID_OPTION',
    message: expect.stringContaining(file),
  })
})

test('a file of checksums that contradicts a pinned one is refused', () => {
  const pinned = { 'a/b': 'a'.repeat(64) }
  expect(mergeChecksums(pinned, { 'a/b': 'a'.repeat(64), 'c/d': 'c'.repeat(64) }, 'sums.json')).toEqual({
    'a/b': 'a'.repeat(64),
    'c/d': 'c'.repeat(64),
  })
  expect(() => mergeChecksums(pinned, { 'a/b': 'b'.repeat(64) }, 'sums.json')).toThrow(
    /contradicts .* for a\/b/,
  )
})

test("Go's names of platforms", () => {
  expect(platformOf('linux', 'x64')).toEqual({ os: 'linux', arch: 'amd64' })
  expect(platformOf('darwin', 'arm64')).toEqual({ os: 'darwin', arch: 'arm64' })
  expect(() => platformOf('win32', 'x64')).toThrow(/WSL/)
  expect(() => platformOf('linux', 's390x')).toThrow(/linux s390x/)
})
