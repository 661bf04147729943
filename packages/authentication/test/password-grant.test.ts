import { rootCertificates } from 'node:tls'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { passwordGrant } from '../src/password-grant.ts'
import { type Fixture, issuerFixture } from './issuer-fixture.ts'

let fixture: Fixture
let discovery: Record<string, unknown>
beforeAll(async () => {
  fixture = await issuerFixture()
  discovery = fixture.issuer.discovery
})
beforeEach(() => {
  fixture.issuer.discovery = discovery
})
afterAll(() => fixture[Symbol.asyncDispose]())

const logIn = (changes: { issuer?: string; caPem?: string; signal?: AbortSignal } = {}) =>
  passwordGrant({
    issuer: fixture.issuer.url,
    clientId: 'kubernetes',
    caPem: fixture.issuer.caPem,
    username: 'ada@example.com',
    password: 'a secret',
    scopes: ['openid'],
    signal: AbortSignal.timeout(20_000),
    ...changes,
  })

test('an issuer without the grant is told before it gets the password', async () => {
  fixture.issuer.discovery = { ...discovery, grant_types_supported: ['authorization_code', 'refresh_token'] }
  await expect(logIn()).rejects.toMatchObject({
    code: 'ERR_LOGIN_FAILED',
    message: `${fixture.issuer.url} does not offer the password grant, only authorization_code, refresh_token; log in another way`,
  })
})

test('what an issuer answers instead of tokens is told, without the password', async () => {
  const failure = (await logIn().catch((error: unknown) => error)) as Error
  expect(failure).toMatchObject({
    code: 'ERR_LOGIN_FAILED',
    message: expect.stringContaining(`the login of ada@example.com at ${fixture.issuer.url} failed: `),
  })
  expect(failure.message).not.toContain('a secret')
})

test('an issuer that is not trusted, or not there, can not be reached', async () => {
  const [caPem] = rootCertificates
  await expect(logIn({ caPem: caPem! })).rejects.toMatchObject({ code: 'ERR_ISSUER_UNAVAILABLE' })
  await fixture.issuer.goDown()
  await expect(logIn()).rejects.toMatchObject({
    code: 'ERR_ISSUER_UNAVAILABLE',
    message: expect.stringContaining('could not be reached'),
  })
  await fixture.issuer.comeBack()
})

test('an issuer that says it is somebody else is refused', async () => {
  fixture.issuer.discovery = { ...discovery, issuer: 'https://elsewhere.example.com' }
  await expect(logIn()).rejects.toMatchObject({ code: 'ERR_LOGIN_FAILED' })
})

test('a login that is given up rejects with the reason', async () => {
  const reason = new Error('given up')
  await expect(logIn({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})
