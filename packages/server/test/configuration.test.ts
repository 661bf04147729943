import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigurationError, listenSchema, loadConfiguration, tlsSchema } from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const schema = z.strictObject({
  listen: listenSchema,
  tls: tlsSchema.optional(),
  cluster: z.strictObject({ provider: z.enum(['embedded', 'kind']), name: z.string().min(1) }),
  issuers: z.array(z.strictObject({ url: z.url() })).default([]),
})

async function load(text: string, by: z.ZodType = schema): Promise<unknown> {
  await using directory = await temporaryDirectory()
  const file = join(directory.path, 'gatehouse.yaml')
  await writeFile(file, text)
  return await loadConfiguration(file, by)
}

async function problemsOf(text: string, by: z.ZodType = schema): Promise<string[]> {
  const error = await load(text, by).catch((reason: unknown) => reason)
  if (!(error instanceof ConfigurationError))
    throw new Error('expected a ConfigurationError', { cause: error })
  expect(error.code).toBe('ERR_CONFIGURATION')
  return error.message.split('\n')
}

test('defaults are filled in, and nothing of the result can be changed', async () => {
  const config = (await load('listen: {port: 0}\ncluster: {provider: kind, name: dev}\n')) as z.output<
    typeof schema
  >
  expect(config).toEqual({
    listen: { host: '127.0.0.1', port: 0 },
    cluster: { provider: 'kind', name: 'dev' },
    issuers: [],
  })
  expect(() => Object.assign(config.listen, { host: '0.0.0.0' })).toThrow(TypeError)
  expect(() => config.issuers.push({ url: 'https://evil.example' })).toThrow(TypeError)
})

test('JSON is read as well', async () => {
  await expect(load('{"listen":{"port":1},"cluster":{"provider":"kind","name":"x"}}')).resolves.toBeTruthy()
})

test('all problems stand in one message, each with its path, line and column', async () => {
  const text = [
    'listen: {host: localhost, port: 70000}',
    'cluster:',
    '  provider: docker',
    '  nmae: dev',
    'issuers:',
    '  - url: not a url',
  ].join('\n')
  expect(await problemsOf(text)).toEqual([
    'gatehouse.yaml: /listen/port: too big: expected number to be <=65535 (line 1, column 33)',
    'gatehouse.yaml: /cluster/provider: invalid option: expected one of "embedded"|"kind" (line 3, column 13)',
    'gatehouse.yaml: /cluster/name: is missing (expected: string)',
    'gatehouse.yaml: /cluster/nmae: is not a known setting; check the spelling or remove it (line 4, column 9)',
    'gatehouse.yaml: /issuers/0/url: invalid URL (line 6, column 10)',
  ])
})

test('an empty file names every setting that is missing', async () => {
  expect(await problemsOf('# nothing yet\n')).toEqual([
    'gatehouse.yaml: /listen: is missing (expected: object)',
    'gatehouse.yaml: /cluster: is missing (expected: object)',
  ])
})

test('an unknown key is a problem in a schema that would drop it silently', async () => {
  const loose = z.object({
    web: z.object({ https: z.string() }).optional(),
    clients: z.array(z.object({ id: z.string() })).default([]),
    store: z.discriminatedUnion('type', [
      z.object({ type: z.literal('memory') }),
      z.object({ type: z.literal('file'), path: z.string() }),
    ]),
    extra: z.looseObject({}).optional(),
    named: z.record(z.string(), z.object({ a: z.number() })).optional(),
  })
  const text = [
    'web: {https: x, htttp: y}',
    'clients: [{id: a, secret: b}]',
    'store: {type: memory, path: z}',
    'extra: {anything: goes}',
    'named: {one: {a: 1, b/c: 2}}',
  ].join('\n')
  const unknown = 'is not a known setting; check the spelling or remove it'
  expect(await problemsOf(text, loose)).toEqual([
    `gatehouse.yaml: /web/htttp: ${unknown} (line 1, column 24)`,
    `gatehouse.yaml: /clients/0/secret: ${unknown} (line 2, column 27)`,
    `gatehouse.yaml: /store/path: ${unknown} (line 3, column 29)`,
    `gatehouse.yaml: /named/one/b~1c: ${unknown} (line 5, column 26)`,
  ])
})

test("of a union's alternatives the one that was meant is explained", async () => {
  const union = z.strictObject({
    user: z.union([
      z.strictObject({ name: z.string(), token: z.string() }),
      z.strictObject({ name: z.string(), clientCertificate: z.string(), clientKey: z.string() }),
    ]),
    port: z.union([z.number(), z.literal('auto')]),
  })
  expect(await problemsOf('user: {name: x, token: 5}\nport: []', union)).toEqual([
    'gatehouse.yaml: /user/token: expected string, received number (line 1, column 24)',
    'gatehouse.yaml: /port: expected number, received array, or expected "auto" (line 2, column 7)',
  ])
})

test.each([
  ['a tab', 'listen:\n\tport: 1\n', /^gatehouse\.yaml: line 2, column 1: /],
  ['an open bracket', 'listen: {port: 1\n', /^gatehouse\.yaml: line \d+, column \d+: /],
  ['a key twice', 'a: 1\na: 2\n', /^gatehouse\.yaml: line 2, column 1: Map keys must be unique/],
  ['two documents', 'a: 1\n---\na: 2\n', /^gatehouse\.yaml: line 2, column 1: /],
  ['an unknown tag', 'a: !secret x\n', /^gatehouse\.yaml: line 1, column 4: Unresolved tag/],
])('%s is a syntax error with its line and column', async (_, text, pattern) => {
  expect((await problemsOf(text))[0]).toMatch(pattern)
})

test('a syntax error does not quote the secret beside it', async () => {
  expect((await problemsOf('password: hunter2\npassword: hunter3\n')).join()).not.toContain('hunter')
})

test('a wrong value is described, not repeated, since it may be a secret', async () => {
  const secret = z.strictObject({ password: z.number() })
  expect(await problemsOf('password: hunter2', secret)).toEqual([
    'gatehouse.yaml: /password: expected number, received string (line 1, column 11)',
  ])
})

const level = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(`*${of}`).join(',')}]`

test('aliases that multiply are refused', async () => {
  const bomb = ['a: &a [x]', level('b', 'a'), level('c', 'b'), level('d', 'c'), level('e', 'd')].join('\n')
  expect((await problemsOf(bomb)).join()).toMatch(/alias/i)
})

test('a file that does not exist is a sentence', async () => {
  const error = await loadConfiguration('/nowhere/gatehouse.yaml', schema).catch((reason: unknown) => reason)
  expect((error as Error).message).toBe(
    'gatehouse.yaml: there is no such file (/nowhere/gatehouse.yaml); give the path of a configuration file',
  )
})

test('a directory and an unreadable file are sentences', async () => {
  await using directory = await temporaryDirectory()
  await expect(loadConfiguration(directory.path, schema)).rejects.toThrow(/this is a directory/)
  const file = join(directory.path, 'closed.yaml')
  await writeFile(file, '')
  await chmod(file, 0)
  // root reads anything: then the problem is that the file is empty.
  await expect(loadConfiguration(file, schema)).rejects.toThrow(/may not be read by this user|is missing/)
})

test('a key named __proto__ changes no object and is refused', async () => {
  expect((await problemsOf('{"__proto__": {"polluted": true}}', z.strictObject({}))).join()).toContain(
    '__proto__',
  )
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})
