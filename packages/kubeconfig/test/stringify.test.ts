import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assert, constantFrom, pre, property, string } from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import {
  buildKubeconfig,
  type KubeconfigDocument,
  parseKubeconfig,
  stringifyKubeconfig,
} from '../src/index.ts'
import { runKubectl, viewOf } from './kubectl.ts'
import { MISREAD } from './misread.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const cluster = { name: 'dev', server: 'https://127.0.0.1:9443' }
const build = (user: string, of = 'dev') =>
  buildKubeconfig({
    cluster: { ...cluster, name: of },
    user: { name: user, token: 'a.b.c' },
    expiresAt: new Date('2026-11-23T08:00:00Z'),
  })

/** Puts every string into every place of a document where a string may stand. */
function documentOf(strings: readonly string[]): KubeconfigDocument {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: strings.map((name, index) => ({
      name: `${name}#${index}`,
      cluster: { server: 'https://127.0.0.1:9443', 'tls-server-name': name },
    })),
    users: strings.map((name, index) => ({ name: `${name}#${index}`, user: { token: name } })),
    contexts: strings.map((name, index) => ({
      name: `${name}#${index}`,
      context: { cluster: name, user: name, namespace: name },
    })),
    'current-context': 'yes',
  }
}

async function fileOf(text: string): Promise<string> {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  const file = join(directory.path, 'kubeconfig.yml')
  await writeFile(file, text, { mode: 0o600 })
  return file
}

test('strings that YAML could misread come back from kubectl as they were', async () => {
  const document = documentOf(MISREAD)
  const view = await viewOf(await fileOf(stringifyKubeconfig(document)))
  const byName = <T extends { name: string }>(entries: readonly T[]) =>
    new Map(entries.map((entry) => [entry.name, entry]))
  const [clusters, users, contexts] = [byName(view.clusters), byName(view.users), byName(view.contexts)]
  for (const [index, text] of MISREAD.entries()) {
    const name = `${text}#${index}`
    // kubectl leaves out what is empty.
    expect(clusters.get(name)?.cluster['tls-server-name'] ?? '').toBe(text)
    expect(users.get(name)?.user['token'] ?? '').toBe(text)
    expect(contexts.get(name)?.context).toMatchObject({
      cluster: text,
      user: text,
      ...(text ? { namespace: text } : {}),
    })
  }
  expect(view['current-context']).toBe('yes')
})

test.each(['1.1', '1.2'] as const)('a YAML %s reader sees the same document', (version) => {
  const document = documentOf(MISREAD)
  expect(parse(stringifyKubeconfig(document), { version })).toEqual(document)
})

test('no string at all is misread', () => {
  assert(
    property(string({ unit: 'binary' }), constantFrom('1.1', '1.2'), (token, version) => {
      pre(token.isWellFormed())
      const document = documentOf([token])
      expect(parse(stringifyKubeconfig(document), { version })).toEqual(document)
    }),
    { numRuns: 1000 },
  )
})

test('what parse reads is what stringify wrote', () => {
  const document = documentOf(MISREAD)
  expect(parseKubeconfig(stringifyKubeconfig(document))).toEqual(document)
})

test('half a character is replaced, since no file can hold it', () => {
  expect(stringifyKubeconfig(build('x\ud800'))).toContain('"x\ufffd@dev"')
})

test('ordinary values stand without quotes, long ones on one line', () => {
  const token = `eyJ${'a'.repeat(3000)}`
  const text = stringifyKubeconfig(buildKubeconfig({ cluster, user: { name: 'admin@kyma.cx', token } }))
  expect(text).toContain('name: admin@kyma.cx@dev\n')
  expect(text).toContain(`token: ${token}\n`)
  expect(text).toContain('server: https://127.0.0.1:9443\n')
})

test('the expiry stands in a comment and in an extension that kubectl keeps', async () => {
  const file = await fileOf(stringifyKubeconfig(build('admin@kyma.cx')))
  expect(stringifyKubeconfig(build('admin@kyma.cx'))).toMatch(
    /^# The credential of "admin@kyma.cx@dev" expires at 2026-11-23T08:00:00Z\.\n/,
  )
  await runKubectl([file], 'config', 'set-context', '--current', '--namespace=team-a')
  const view = await viewOf(file)
  expect(view.users[0]?.user['extensions']).toEqual([
    { name: 'gatehouse/expiry', extension: { expiresAt: '2026-11-23T08:00:00Z' } },
  ])
})

test('a name with a line break can not leave the comment', async () => {
  const text = stringifyKubeconfig(build('x\nclusters: []\n# \u2028users: []'))
  expect(text.split('\n').filter((line) => line.startsWith('clusters:'))).toEqual(['clusters:'])
  const view = await viewOf(await fileOf(text))
  expect(view.users[0]?.name).toBe('x\nclusters: []\n# \u2028users: []@dev')
})

test('kubectl merges two files and keeps both', async () => {
  const [first, second] = [build('admin@kyma.cx', 'dev'), build('admin@kyma.cx', 'test')]
  const view = await viewOf(
    await fileOf(stringifyKubeconfig(first)),
    await fileOf(stringifyKubeconfig(second)),
  )
  expect(view.contexts.map(({ name }) => name)).toEqual(['admin@kyma.cx@dev', 'admin@kyma.cx@test'])
  expect(view.users).toHaveLength(2)
  expect(view.clusters).toHaveLength(2)
})

test('kubectl takes the current context', async () => {
  const file = await fileOf(stringifyKubeconfig(build('0123', '1e3')))
  expect(await runKubectl([file], 'config', 'current-context')).toBe('0123@1e3\n')
  expect(await runKubectl([file], 'config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].name}')).toBe(
    '1e3',
  )
})
