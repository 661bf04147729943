import { chmod, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApiDocument, type Operation, operations } from '@gatehouse/dex-test-powers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dexConfigSchema } from '../src/config/dex-config.ts'
import { refusal } from '../src/test-powers/guard.ts'
import { openSecret } from '../src/test-powers/secret.ts'
import { type PoweredDex, startPoweredDex } from './powers.ts'
import { startTestDex } from './test-dex.ts'

let powered: PoweredDex
beforeAll(async () => {
  powered = await startPoweredDex()
})
afterAll(() => powered[Symbol.asyncDispose]())

test('they are off unless the configuration says so', async () => {
  await using dex = await startTestDex()
  expect(Object.keys(dex.service.urls)).toEqual(['https'])
  const { status } = await dex.fetch(`${dex.issuer}/test-powers/user-tiles/x`)
  expect(status).toBe(404)
})

test.each(['0.0.0.0', '::', '192.0.2.1', 'localhost', '10.0.0.1', '127.0.0.1.example.com', ''])(
  'the address %j is refused before anything is started',
  (host) => {
    const parsed = dexConfigSchema({}).safeParse({
      gatehouse: { testPowers: { listen: { host, port: 0 }, secretFile: '/tmp/secret' } },
    })
    const paths = parsed.error!.issues.map(({ path }) => path.join('.'))
    expect(paths).toContain('gatehouse.testPowers.listen.host')
  },
)

test('a process on loopback without the secret mints nothing, as a command of kubectl exec would be', async () => {
  const claims = { claims: { email: 'admin@example.com', groups: ['system:masters'] } }
  for (const authorization of [
    undefined,
    'Bearer',
    'Bearer x',
    `Bearer ${powered.secret}x`,
    `Basic ${powered.secret}`,
  ]) {
    const answer = await powered.use('POST', '/tokens', claims, { authorization })
    expect.soft(answer.status, authorization).toBe(401)
    expect.soft(JSON.stringify(answer.body)).not.toContain('eyJ')
  }
  for (const path of ['/openapi.json', '/users', '/logins', '/nothing']) {
    expect.soft((await powered.use('GET', path, undefined, { authorization: undefined })).status).toBe(401)
  }
})

describe('what a web page could send is refused, even with the secret', () => {
  test.each([
    ['a name that was pointed here (DNS rebinding)', { host: 'attacker.example.com' }, 421],
    ['another port', { host: '127.0.0.1:1' }, 421],
    ['an Origin', { origin: 'https://attacker.example.com' }, 403],
    ['an opaque Origin', { origin: 'null' }, 403],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['the same site, as another port is', { 'sec-fetch-site': 'same-site' }, 403],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['plain text, which needs no preflight', { 'content-type': 'text/plain' }, 415],
    ['no type', { 'content-type': undefined }, 415],
  ])('%s', async (_, headers, status) => {
    // fetch sets Host itself.
    const url = new URL(powered.url)
    const all: Record<string, string | undefined> = {
      authorization: `Bearer ${powered.secret}`,
      'content-type': 'application/json',
      ...headers,
    }
    const given = Object.entries(all).filter(([, value]) => value !== undefined)
    const answer = Promise.withResolvers<{ status: number | undefined; allowed: unknown }>()
    const sent = request(url, {
      path: '/keys/rotate',
      method: 'POST',
      headers: Object.fromEntries(given),
      // The certificate is not what this is about.
      ca: powered.dex.certificateAuthority,
      servername: 'localhost',
    })
    sent.on('error', answer.reject).on('response', (response) => {
      response.resume()
      const allowed = response.headers['access-control-allow-origin']
      answer.resolve({ status: response.statusCode, allowed })
    })
    sent.end('{}')
    expect(await answer.promise).toEqual({ status, allowed: undefined })
  })

  test('a preflight is not answered', async () => {
    const preflight = await powered.use('OPTIONS', '/tokens', undefined, {
      authorization: undefined,
      origin: 'https://attacker.example.com',
      'access-control-request-method': 'POST',
    })
    expect(preflight.status).toBe(403)
    expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

test('the guard goes through names in any case and refuses none twice', () => {
  const good = {
    host: 'LOCALHOST:5557',
    authorization: 'bearer a-secret',
    'content-type': 'application/json; charset=utf-8',
  }
  const facts = { method: 'POST', headers: good, localPort: 5557 }
  expect(refusal(facts, 'a-secret')).toBeUndefined()
  expect(refusal(facts, 'another')?.status).toBe(401)
  expect(refusal({ ...facts, headers: { ...good, host: '[::1]:5557' } }, 'a-secret')).toBeUndefined()
  expect(refusal({ ...facts, headers: {} }, 'a-secret')?.status).toBe(421)
})

test('a body that is too large, no JSON or not of the schema is refused', async () => {
  expect((await powered.use('POST', '/users', `"${'x'.repeat(600_000)}"`)).status).toBe(413)
  const secretText = '{"email": "x", "password": "hunter2" !'
  const broken = await powered.use('POST', '/users', secretText)
  expect(broken.status).toBe(400)
  expect(JSON.stringify(broken.body)).not.toContain('hunter2')
  const wrong = await powered.use('POST', '/users', { email: 1, admin: true })
  expect(wrong).toMatchObject({ status: 400, body: { title: 'Bad Request' } })
  expect(wrong.body['problems']).toHaveLength(2)
  expect(wrong.headers.get('content-type')).toBe('application/problem+json')
})

test('the OpenAPI document is served, and everything in it is there', async () => {
  const { body } = await powered.use('GET', '/openapi.json')
  expect(body).toEqual(openApiDocument())
  for (const { method, path } of Object.values<Operation>(operations)) {
    const hasBody = ['POST', 'PUT', 'PATCH'].includes(method)
    const asked = path.replaceAll(/\{\w+\}/g, 'nobody')
    const { body: answer } = await powered.use(method, asked, hasBody ? { unknown: true } : undefined)
    expect
      .soft(String(answer['detail']), `${method} ${path}`)
      .not.toMatch(/no such path|methods of this path/)
  }
})

test('unknown paths and methods get an answer of their own', async () => {
  expect((await powered.use('GET', '/nothing')).status).toBe(404)
  expect((await powered.use('GET', '/users/%zz')).status).toBe(404)
  expect((await powered.use('DELETE', '/tokens')).status).toBe(405)
})

describe('the secret file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dex-secret-'))
  afterAll(() => rm(directory, { recursive: true, force: true }))
  const file = (name: string) => join(directory, name)
  const SECRET = 'a-secret-that-is-long-enough-for-this'

  test('is made for its owner only, and kept', async () => {
    const secret = await openSecret(file('made/secret'))
    expect(secret).toHaveLength(43)
    expect((await stat(file('made/secret'))).mode & 0o777).toBe(0o600)
    expect(await openSecret(file('made/secret'))).toBe(secret)
  })

  test.each([0o640, 0o604, 0o620, 0o666])('is refused with mode %o', async (mode) => {
    await writeFile(file('open'), SECRET)
    await chmod(file('open'), mode)
    await expect(openSecret(file('open'))).rejects.toThrow('others may read or write it')
  })

  test('is refused when it is a link, a folder, or too short to be one', async () => {
    await writeFile(file('real'), SECRET, { mode: 0o600 })
    await symlink(file('real'), file('link'))
    await expect(openSecret(file('link'))).rejects.toThrow('symbolic link')
    await expect(openSecret(directory)).rejects.toMatchObject({ code: 'ERR_TEST_POWERS' })
    await writeFile(file('short'), 'short', { mode: 0o600 })
    await expect(openSecret(file('short'))).rejects.toThrow('at least 32')
    await writeFile(file('empty'), '', { mode: 0o600 })
    await expect(openSecret(file('empty'))).rejects.toThrow('at least 32')
  })

  test('is told by no error and stands in no log', async () => {
    await powered.use('GET', '/users', undefined, { authorization: 'Bearer wrong' })
    await powered.use('POST', '/users', { email: 'log@example.com', password: 'a-password-to-look-for' })
    const { body } = await powered.use('POST', '/tokens', { user: 'log@example.com' })
    for (const text of [powered.secret, 'a-password-to-look-for', String(body['token'])]) {
      expect.soft(powered.dex.log()).not.toContain(text)
    }
    expect(powered.dex.log()).toContain('test power used')
  })
})
