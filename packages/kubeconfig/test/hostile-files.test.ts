import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadKubeconfigs, mergeKubeconfigs, parseKubeconfig, readKubeconfig } from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function fileWith(text: string, name = 'config'): Promise<string> {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  const file = join(directory.path, name)
  await writeFile(file, text)
  return file
}

const refused = expect.objectContaining({ code: 'ERR_INVALID_KUBECONFIG' })

test('a bomb of aliases is refused, and quickly', () => {
  const levels = Array.from({ length: 12 }, (_, index) => {
    const below = Array(10).fill(`*a${index}`).join(', ')
    return `a${index + 1}: &a${index + 1} [${below}]`
  })
  const start = performance.now()
  expect(() => parseKubeconfig(['a0: &a0 [x]', ...levels].join('\n'))).toThrow(refused)
  expect(performance.now() - start).toBeLessThan(5000)
})

test.each([
  ['lists of merges', (index: number) => `{<<: [*a${index}, *a${index}]}`],
  ['merges one after the other', (index: number) => `{<<: *a${index}, <<: *a${index}}`],
  ['merges in merges', (index: number) => `{x: {<<: *a${index}}, y: {<<: *a${index}}}`],
])('a bomb of %s is refused, and quickly', (_, mapOf) => {
  const levels = Array.from({ length: 40 }, (_none, index) => `a${index + 1}: &a${index + 1} ${mapOf(index)}`)
  const start = performance.now()
  expect(() => parseKubeconfig(['a0: &a0 {k: v}', ...levels].join('\n'))).toThrow(refused)
  expect(performance.now() - start).toBeLessThan(5000)
})

test.each([
  ['lists', '['.repeat(100_000)],
  ['maps', '{a: '.repeat(100_000)],
  ['block lists', '- '.repeat(50_000)],
])('%s that are nested without end are refused', (_, text) => {
  expect(() => parseKubeconfig(text)).toThrow(refused)
})

test('a file that is larger than any kubeconfig is not read', async () => {
  const file = await fileWith('')
  await truncate(file, 4 * 1024 * 1024 * 1024)
  await expect(readKubeconfig(file)).rejects.toMatchObject({
    code: 'ERR_UNREADABLE',
    message: expect.stringContaining('more than a kubeconfig can have'),
  })
})

test('no key or name reaches the prototype of objects', () => {
  const text = `
__proto__: {polluted: 1}
constructor: {prototype: {polluted: 1}}
clusters:
- name: __proto__
  cluster: {server: "https://x", __proto__: {polluted: 1}}
users:
- name: constructor
  user: {__proto__: {polluted: 1, token: forged}, exec: {command: x, __proto__: {polluted: 1}}}
`
  const document = mergeKubeconfigs([parseKubeconfig(text), parseKubeconfig(text)])
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  expect(document.clusters.map(({ name }) => name)).toEqual(['__proto__'])
  expect(document.users[0]?.user.token).toBeUndefined()
  expect(Object.getPrototypeOf(document)).toBe(Object.prototype)
  expect(Object.getPrototypeOf(document.users[0]?.user)).toBe(Object.prototype)
})

test('a tag does not make anything but data', () => {
  const text = 'users:\n- name: !!js/function "function () { throw 1 }"\n  user: {token: !evil x}\n'
  expect(parseKubeconfig(text).users).toEqual([{ name: 'function () { throw 1 }', user: { token: 'x' } }])
})

test('a merge key means what it means for kubectl', () => {
  const text =
    'x: &base {server: "https://a"}\nclusters:\n- name: c\n  cluster: {<<: *base, tls-server-name: n}\n'
  expect(parseKubeconfig(text).clusters[0]?.cluster).toEqual({ server: 'https://a', 'tls-server-name': 'n' })
})

test.each(['clusters', 'users', 'contexts'])(
  'a name that is there twice among %s is refused, as by kubectl',
  (list) => {
    const member = { cluster: { server: 'x' }, user: {}, context: { cluster: '', user: '' } }
    const entries = [1, 2].map(() => ({ name: 'a', ...member }))
    expect(() => parseKubeconfig(JSON.stringify({ [list]: entries }))).toThrow(
      `/${list}/1/name: "a" is there twice`,
    )
  },
)

test('of a KUBECONFIG list, missing files are left out, and all problems of the others are told', async () => {
  const [good, bad, worse] = await Promise.all([
    fileWith('current-context: here'),
    fileWith('kind: Pod', 'bad'),
    fileWith('[', 'worse'),
  ])
  await expect(loadKubeconfigs(['/nowhere/config', good])).resolves.toMatchObject({
    'current-context': 'here',
  })
  await expect(loadKubeconfigs(['/nowhere/config'])).resolves.toMatchObject({
    'current-context': '',
    users: [],
  })
  await expect(loadKubeconfigs([good, bad, worse])).rejects.toMatchObject({
    code: 'ERR_INVALID_KUBECONFIG',
    message: expect.stringMatching(/bad is not valid: .*; .*worse is not valid: /),
  })
})
