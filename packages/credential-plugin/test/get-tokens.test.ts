import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openCertificateAuthority } from '@gatehouse/pki'
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { getTokens } from '../src/index.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import { person } from './person.ts'
import { temporaryDirectory } from './temporary-directory.ts'

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer()
  return () => issuer[Symbol.asyncDispose]()
})

let cacheDirectory: string
beforeEach(async () => {
  issuer.grants.length = 0
  issuer.idTokenLifetime = 3600
  const directory = await temporaryDirectory()
  cacheDirectory = join(directory.path, 'tokens')
  return () => directory[Symbol.asyncDispose]()
})

const ada = (changes: object = {}) => person('ada', issuer.settings, { cacheDirectory, ...changes })

function claimsOf(idToken: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(idToken.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>
}

test('a person logs in with a browser, at an issuer whose name does not resolve', async () => {
  const { surroundings, pages, said } = ada()
  const tokens = await getTokens(issuer.settings, surroundings)
  expect(claimsOf(tokens.idToken)).toMatchObject({
    iss: issuer.settings.issuer,
    aud: 'kubectl',
    email: 'ada@example.com',
    exp: tokens.expiresAt,
  })
  await expect(pages[0]).resolves.toMatchObject({
    status: 200,
    text: expect.stringContaining('You are logged in'),
  })
  expect(said[0]).toMatch(/open http:\/\/127\.0\.0\.1:\d+\/login\/\S+ in it yourself/)
})

test('a person logs in with a browser on another machine', async () => {
  const { surroundings, said } = ada({ desktop: false })
  const { idToken } = await getTokens(issuer.settings, surroundings)
  expect(claimsOf(idToken)).toMatchObject({ email: 'ada@example.com' })
  expect(said).toHaveLength(1)
  expect(issuer.grants).toEqual(['urn:ietf:params:oauth:grant-type:device_code'])
})

test('the second time nobody is asked, not even the issuer', async () => {
  await using own = await startIssuer()
  const login = person('ada', own.settings, { cacheDirectory })
  const first = await getTokens(own.settings, login.surroundings)
  await own.stop()
  const { surroundings, pages, said } = ada({ terminal: false })
  expect(await getTokens(own.settings, surroundings)).toEqual(first)
  expect([pages, said]).toEqual([[], []])
})

test('a token that has ended is refreshed without the person', async () => {
  issuer.idTokenLifetime = 5
  const first = await getTokens(issuer.settings, ada().surroundings)
  issuer.idTokenLifetime = 3600
  const { surroundings, pages } = ada({ terminal: false })
  const second = await getTokens(issuer.settings, surroundings)
  expect(second.expiresAt).toBeGreaterThan(first.expiresAt)
  expect(pages).toEqual([])
  expect(issuer.grants).toEqual(['authorization_code', 'refresh_token'])
})

test('many at the same time refresh once, since a refresh token is good for one use', async () => {
  issuer.idTokenLifetime = 5
  await getTokens(issuer.settings, ada().surroundings)
  issuer.idTokenLifetime = 3600
  const tokens = await Promise.all(
    Array.from({ length: 6 }, () => getTokens(issuer.settings, ada({ terminal: false }).surroundings)),
  )
  expect(new Set(tokens.map(({ idToken }) => idToken)).size).toBe(1)
  expect(issuer.grants).toEqual(['authorization_code', 'refresh_token'])
})

test('who may not refresh any more logs in again', async () => {
  issuer.idTokenLifetime = 5
  await getTokens(issuer.settings, ada().surroundings)
  issuer.forget()
  const { surroundings, pages } = ada()
  await getTokens(issuer.settings, surroundings)
  expect(pages).toHaveLength(1)
  expect(issuer.grants).toEqual(['authorization_code', 'authorization_code'])
})

test('a login anew looks at no cache', async () => {
  await getTokens(issuer.settings, ada().surroundings)
  const { surroundings, pages } = ada({ anew: true })
  await getTokens(issuer.settings, surroundings)
  expect(pages).toHaveLength(1)
})

test('without a terminal no browser is opened unless somebody says so', async () => {
  const { surroundings, pages } = ada({ terminal: false })
  await expect(getTokens(issuer.settings, surroundings)).rejects.toMatchObject({
    code: 'ERR_NO_TERMINAL',
    message: expect.stringContaining('once in a terminal'),
  })
  expect(pages).toEqual([])
  await getTokens(issuer.settings, ada({ terminal: false, method: 'browser' }).surroundings)
})

test('where kubectl says that nobody is there, only what needs no person works', async () => {
  issuer.idTokenLifetime = 5
  const refused = ada({ interactive: false })
  await expect(getTokens(issuer.settings, refused.surroundings)).rejects.toMatchObject({
    code: 'ERR_NO_TERMINAL',
    message: expect.stringMatching(/standard input is no terminal.* GATEHOUSE_LOGIN/),
  })
  expect([refused.pages, refused.said]).toEqual([[], []])
  await getTokens(issuer.settings, ada({ interactive: false, method: 'browser' }).surroundings)
  await getTokens(issuer.settings, refused.surroundings)
  expect(issuer.grants).toEqual(['authorization_code', 'refresh_token'])
})

test('the tokens of somebody else are neither used nor kept', async () => {
  const { surroundings, pages } = ada()
  const settings = { ...issuer.settings, username: 'grace@example.com' }
  await expect(getTokens(settings, surroundings)).rejects.toMatchObject({
    code: 'ERR_WRONG_PERSON',
    message: expect.stringContaining(
      'the login was by "ada@example.com", but this kubeconfig is for "grace@example.com"',
    ),
  })
  await expect(pages[0]).resolves.toMatchObject({
    status: 400,
    text: expect.stringContaining('grace@example.com'),
  })
  expect(await readdir(cacheDirectory)).toEqual([])
})

test('two people on one machine have tokens of their own', async () => {
  const grace = { ...issuer.settings, username: 'grace@example.com' }
  await getTokens({ ...issuer.settings, username: 'ada@example.com' }, ada().surroundings)
  const { idToken } = await getTokens(grace, person('grace', grace, { cacheDirectory }).surroundings)
  expect(claimsOf(idToken)).toMatchObject({ email: 'grace@example.com' })
})

test.each([
  ['another address', { address: '127.0.0.1:1' }],
  ['another authority', { caPem: 'another' }],
])('a kubeconfig that names %s gets no tokens of before', async (_, change) => {
  await getTokens(issuer.settings, ada().surroundings)
  const other = { ...issuer.settings, ...change }
  await expect(getTokens(other, ada().surroundings)).rejects.toMatchObject({ code: 'ERR_LOGIN_FAILED' })
})

test("an issuer that can't prove its name is not spoken to", async () => {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  const { certificatePem } = await openCertificateAuthority(directory.path, { commonName: 'another CA' })
  const { port } = new URL(issuer.settings.issuer)
  const strangers = [
    { ...issuer.settings, caPem: certificatePem },
    { ...issuer.settings, caPem: undefined },
    { ...issuer.settings, issuer: `https://other.example.invalid:${port}` },
  ]
  for (const settings of strangers) {
    await expect(getTokens(settings, ada().surroundings)).rejects.toMatchObject({
      code: 'ERR_LOGIN_FAILED',
      message: expect.stringMatching(/could not be reached: .*(certificate|altnames)/),
    })
  }
})

test('who does not log in is not waited for for ever', async () => {
  const { surroundings } = ada({ openBrowser: async () => undefined, timeoutSeconds: 1 })
  await expect(getTokens(issuer.settings, surroundings)).rejects.toMatchObject({
    code: 'ERR_LOGIN_TIMEOUT',
    message: expect.stringContaining('within 1 s'),
  })
})

test('tokens are for their owner alone', async () => {
  await getTokens(issuer.settings, ada().surroundings)
  const [name] = await readdir(cacheDirectory)
  const modes = [cacheDirectory, join(cacheDirectory, name!)].map(
    async (path) => (await stat(path)).mode & 0o777,
  )
  expect(await Promise.all(modes)).toEqual([0o700, 0o600])
})

test.each([
  ['that others could read', (file: string) => chmod(file, 0o644)],
  ['that is damaged', (file: string) => writeFile(file, '{"idToken":')],
  ['that is something else', (file: string) => writeFile(file, '{"idToken":1}')],
])('a file of tokens %s is not used', async (_, spoil) => {
  await getTokens(issuer.settings, ada().surroundings)
  const file = join(cacheDirectory, (await readdir(cacheDirectory))[0]!)
  await spoil(file)
  const { surroundings, pages } = ada()
  await getTokens(issuer.settings, surroundings)
  expect(pages).toHaveLength(1)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(JSON.parse(await readFile(file, 'utf8'))).toHaveProperty('refreshToken')
})

test('a directory that others could write to holds no tokens', async () => {
  await mkdir(cacheDirectory)
  await chmod(cacheDirectory, 0o777)
  await expect(getTokens(issuer.settings, ada().surroundings)).rejects.toMatchObject({
    code: 'ERR_NOT_PRIVATE',
  })
  expect(await readdir(cacheDirectory)).toEqual([])
})
