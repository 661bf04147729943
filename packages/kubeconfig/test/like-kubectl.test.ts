import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import {
  flattenKubeconfig,
  type KubeconfigDocument,
  loadKubeconfigs,
  minifyKubeconfig,
  redactKubeconfig,
  stringifyKubeconfig,
} from '../src/index.ts'
import { kubeconfig } from './arbitrary.ts'
import { kubectlPath } from './kubectl.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** Each run starts a kubectl. */
const RUNS = 50

/** Relative to the file that names them. */
const FILES = ['ca.crt', 'pki/client.crt']

/** A directory for each kubeconfig of a list, with the certificates that it may name. */
async function directories(): Promise<string[]> {
  const made = await temporaryDirectory()
  onTestFinished(() => made[Symbol.asyncDispose]())
  return Promise.all(
    ['first', 'second', 'third'].map(async (name) => {
      const path = join(made.path, name)
      await mkdir(join(path, 'pki'), { recursive: true })
      await writeFile(join(path, 'ca.crt'), `authority of ${name}`)
      await writeFile(join(path, 'pki', 'client.crt'), `certificate of ${name}`)
      return path
    }),
  )
}

/** What `kubectl config view` makes of the files, or its error. */
function view(files: readonly string[], ...flags: string[]): Promise<unknown> {
  const env = { KUBECONFIG: files.join(':'), HOME: '/nonexistent' }
  return new Promise((resolve) => {
    execFile(kubectlPath, ['config', 'view', '-o', 'json', ...flags], { env }, (error, stdout) =>
      resolve(error ? 'refused' : normalize(JSON.parse(stdout) as KubeconfigDocument)),
    )
  })
}

/** What ours make of them, or that they refuse. */
async function ours(
  files: readonly string[],
  work: (document: KubeconfigDocument) => unknown,
): Promise<unknown> {
  try {
    const text = JSON.stringify(await work(await loadKubeconfigs(files)))
    // `config view` shows paths as they stand; only other commands of kubectl resolve them.
    return normalize(JSON.parse(files.reduce((all, file) => all.replaceAll(`"${dirname(file)}/`, '"'), text)))
  } catch {
    return 'refused'
  }
}

/** Without what kubectl leaves out or adds: what is empty, and the order of what has a name. */
function normalize(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(normalize)
    const isNamed = value.every((item) => typeof item === 'object' && item !== null && !('value' in item))
    return isNamed ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items
  }
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([field, item]) => field === 'name' || field === 'value' || !isEmpty(item),
  )
  return Object.fromEntries(
    kept.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([field, item]) => [field, normalize(item)]),
  )
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return value === null || value === '' || value === false
}

async function checkLike(
  flags: readonly string[],
  work: (document: KubeconfigDocument) => unknown,
  lists: fc.Arbitrary<KubeconfigDocument[]>,
): Promise<{ same: number; refused: number }> {
  const places = await directories()
  const files = places.map((path) => join(path, 'config'))
  const count = { same: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(lists, async (documents) => {
      const written = files.slice(0, documents.length)
      await Promise.all(written.map((file, index) => writeFile(file, stringifyKubeconfig(documents[index]!))))
      const [theirs, own] = await Promise.all([view(written, ...flags), ours(written, work)])
      expect(own).toEqual(theirs)
      count[theirs === 'refused' ? 'refused' : 'same']++
    }),
    { numRuns: RUNS },
  )
  return count
}

const lists = fc.array(kubeconfig(FILES), { minLength: 1, maxLength: 3 })

/** Documents in which the current context and what it names are there. */
const complete = lists.map((documents) =>
  documents.map((document) => {
    const context = document.contexts[0]
    const cluster = document.clusters[0]?.name ?? ''
    const user = document.users[0]?.name ?? ''
    if (!context) return { ...document, 'current-context': '' }
    const contexts = document.contexts.map((entry) => ({
      ...entry,
      context: { ...entry.context, cluster, user },
    }))
    return { ...document, contexts, 'current-context': context.name }
  }),
)

test('a KUBECONFIG list is merged as kubectl merges it', async () => {
  const { same, refused } = await checkLike(['--raw'], (document) => document, lists)
  expect([same, refused]).toEqual([RUNS, 0])
}, 240_000)

test('a merged list is flattened and minified as kubectl does it', async () => {
  const work = async (document: KubeconfigDocument) => flattenKubeconfig(minifyKubeconfig(document))
  const { same } = await checkLike(['--merge', '--flatten', '--minify', '--raw'], work, complete)
  expect(same).toBeGreaterThan(RUNS / 4)
}, 240_000)

test('what can not be minified is refused where kubectl refuses it', async () => {
  const work = (document: KubeconfigDocument) => minifyKubeconfig(document)
  const { same, refused } = await checkLike(['--minify', '--raw'], work, lists)
  expect(same + refused).toBe(RUNS)
  expect(refused).toBeGreaterThan(RUNS / 4)
}, 240_000)

test('what kubectl redacts is redacted', async () => {
  // Of an exec entry ours hide more.
  const withoutExec = lists.map((documents) =>
    documents.map((document) => ({
      ...document,
      users: document.users.map(({ name, user }) => ({ name, user: { ...user, exec: null } })),
    })),
  )
  const { same, refused } = await checkLike([], redactKubeconfig, withoutExec)
  expect([same, refused]).toEqual([RUNS, 0])
}, 240_000)
