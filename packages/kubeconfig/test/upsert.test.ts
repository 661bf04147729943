import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import {
  buildKubeconfig,
  parseKubeconfig,
  stringifyKubeconfig,
  upsertEntries,
  upsertIntoText,
} from '../src/index.ts'
import { isBlank } from '../src/upsert.ts'
import { kubeconfig } from './arbitrary.ts'
import { runKubectl, viewOf } from './kubectl.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const addition = buildKubeconfig({
  cluster: { name: 'dev', server: 'https://127.0.0.1:9443' },
  user: { name: 'ada', token: 'new' },
})

/** A file as people write it: comments, an order and quotes of their own. */
const HAND_WRITTEN = `# my clusters
apiVersion: v1
kind: Config
preferences: {}   # from long ago
current-context: "home"

contexts:
    # the one at home
    - name: home
      context: {cluster: 'home', user: me}   # flow, and quotes
users:
- user:
    # a token that ends in May
    token: old      # secret
  name: "ada@dev"
- name: me
  user:
    client-key-data: |
      a2V5
# after the users
clusters:
  -   name: home
      cluster:
          server: https://home:6443
# the end
`

test('everything outside of the entries that change stays, to the letter', () => {
  expect(upsertIntoText(HAND_WRITTEN, addition, { use: false })).toBe(`# my clusters
apiVersion: v1
kind: Config
preferences: {}   # from long ago
current-context: "home"

contexts:
    # the one at home
    - name: home
      context: {cluster: 'home', user: me}   # flow, and quotes
    - name: ada@dev
      context:
        cluster: dev
        user: ada@dev
users:
- name: ada@dev
  user:
    token: new
- name: me
  user:
    client-key-data: |
      a2V5
# after the users
clusters:
  -   name: home
      cluster:
          server: https://home:6443
  - name: dev
    cluster:
      server: https://127.0.0.1:9443
# the end
`)
})

test('doing it again changes nothing', () => {
  const once = upsertIntoText(HAND_WRITTEN, addition, { use: true })
  expect(once).toContain('current-context: ada@dev\n')
  expect(upsertIntoText(once, addition, { use: true })).toBe(once)
})

test.each([
  ['nothing', ''],
  ['a comment', '# mine\n'],
  ['no lists', 'apiVersion: v1\nkind: Config\n'],
  ['no line break at its end', 'apiVersion: v1\nkind: Config'],
  ['lists that are null', 'clusters: null # none\nusers:\ncontexts: ~\ncurrent-context: ""\n'],
  ['empty lists', 'clusters: []\nusers: [ ]\ncontexts: []\n'],
  ['a current context without a value', 'current-context:  ""\nclusters:\nusers:\ncontexts:\n'],
  [
    'line breaks of Windows',
    'apiVersion: v1\r\nclusters:\r\n- name: x\r\n  cluster: {server: "https://x"}\r\n',
  ],
  ['JSON', '{"clusters":[{"name":"x","cluster":{"server":"https://x"}}],"users":[]}'],
  ['a list in flow style', 'clusters: [{name: x, cluster: {server: "https://x"}}]\n'],
  ['an end of the document', 'apiVersion: v1\n...\n'],
])('a file with %s gets the entries', (_, text) => {
  const changed = upsertIntoText(text, addition, { use: false })
  const before = parseKubeconfig(isBlank(text) ? '{}' : text)
  expect(parseKubeconfig(changed)).toEqual(upsertEntries(before, addition, { use: false }))
  for (const comment of text.match(/#.*/g) ?? []) expect(changed).toContain(comment)
})

test.each([
  ['a block', 'current-context: |-\n  line\n  break\nkind: Config # mine\n'],
  ['JSON', '{"kind": "Config", "contexts": [{"name": "no", "context": {"cluster": "0x1", "user": "off"}}]}'],
])('what YAML could misread is quoted in a file with %s, too', async (_, text) => {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  const added = { ...addition, 'current-context': 'yes' }
  const file = join(directory.path, 'config')
  await writeFile(file, upsertIntoText(text, added, { use: true }))
  const wanted = upsertEntries(parseKubeconfig(text), added, { use: true })
  const view = await viewOf(file)
  expect(view['current-context']).toBe('yes')
  expect(view.contexts).toEqual(expect.arrayContaining(wanted.contexts))
})

test('an anchor that others use is not torn out', () => {
  const text = 'clusters:\n- &dev\n  name: dev\n  cluster: {server: "https://old"}\nx-copy: *dev\n'
  expect(() => upsertIntoText(text, addition, { use: false })).toThrow(
    expect.objectContaining({ code: 'ERR_UNUSABLE_KUBECONFIG' }),
  )
})

test('any file of ours gets any entries, and keeps all others', () => {
  fc.assert(
    fc.property(kubeconfig(['x']), kubeconfig(['x']), fc.boolean(), (document, added, use) => {
      const text = stringifyKubeconfig(document)
      const wanted = upsertEntries(document, added, { use })
      expect(parseKubeconfig(upsertIntoText(text, added, { use }))).toEqual(wanted)
    }),
    { numRuns: 150 },
  )
})

test('any file of kubectl gets any entries, and kubectl reads them all', async () => {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  const file = join(directory.path, 'config')
  const view = () => runKubectl([file], 'config', 'view', '--raw')
  await fc.assert(
    fc.asyncProperty(kubeconfig(['x']), kubeconfig(['x']), async (document, added) => {
      // What kubectl can't print as YAML, or prints as a line break of YAML 1.1.
      fc.pre(!/[\u007f-\u009f\u2028\u2029\ufffe\uffff]/.test(JSON.stringify([document, added])))
      await writeFile(file, stringifyKubeconfig(document))
      const written = await view()
      const wanted = upsertEntries(parseKubeconfig(written), added, { use: true })
      await writeFile(file, upsertIntoText(written, added, { use: true }))
      const theirs = await view()
      await writeFile(file, stringifyKubeconfig(wanted))
      expect(theirs).toBe(await view())
    }),
    { numRuns: 20 },
  )
}, 120_000)
