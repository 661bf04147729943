import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ADMIN,
  CLI,
  CONSOLE,
  forCode,
  forRefresh,
  getCode,
  requestTokens,
  startTestDex,
  type TestDex,
} from './test-dex.ts'

const OFFLINE = { scope: 'openid email groups offline_access' }

let dex: TestDex
beforeAll(async () => {
  dex = await startTestDex()
})
afterAll(() => dex[Symbol.asyncDispose]())

test('a token response is Dex’s', async () => {
  const { status, headers, body } = await requestTokens(dex, forCode(await getCode(dex, OFFLINE)))
  expect(status).toBe(200)
  expect(Object.keys(body)).toEqual(['access_token', 'token_type', 'expires_in', 'refresh_token', 'id_token'])
  expect(body).toMatchObject({ token_type: 'bearer', expires_in: 86_400 })
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('set-cookie')).toBeNull()
  expect(headers.get('access-control-allow-origin')).toBeNull()
  expect(decodeJwt(body['access_token']!)).toMatchObject({
    iss: dex.issuer,
    aud: CONSOLE.id,
    email: ADMIN.email,
  })
})

test('there is no refresh token without offline_access', async () => {
  const { body } = await requestTokens(dex, forCode(await getCode(dex)))
  expect(Object.keys(body)).toEqual(['access_token', 'token_type', 'expires_in', 'id_token'])
})

describe('a client that does not authenticate is refused with 401 invalid_client', () => {
  test.each<[string, Record<string, string | undefined>, Record<string, string>]>([
    ['a wrong secret', { client_secret: 'wrong' }, {}],
    ['no secret', { client_secret: undefined }, {}],
    ['an unknown client', { client_id: 'nobody' }, {}],
    [
      'a wrong secret in the header',
      { client_id: undefined, client_secret: undefined },
      { authorization: `Basic ${btoa('console:wrong')}` },
    ],
    ['a secret for a public client', { client_id: CLI.id, client_secret: 'x' }, {}],
  ])('%s', async (_, parameters, headers) => {
    const code = await getCode(dex)
    const { status, body } = await requestTokens(dex, forCode(code, parameters), headers)
    expect({ status, error: body['error'] }).toEqual({ status: 401, error: 'invalid_client' })
    expect((await requestTokens(dex, forCode(code))).status).toBe(200)
  })
})

test('a public client may send an empty secret in the header, as Go does', async () => {
  const redirect = 'http://127.0.0.1:8000/'
  const code = await getCode(dex, { client_id: CLI.id, redirect_uri: redirect })
  const parameters = { client_id: undefined, client_secret: undefined, redirect_uri: redirect }
  const headers = { authorization: `Basic ${btoa('kubectl:')}` }
  expect((await requestTokens(dex, forCode(code, parameters), headers)).status).toBe(200)
})

test('an empty secret does not authenticate a client that has one', async () => {
  const headers = { authorization: `Basic ${btoa('console:')}` }
  const parameters = { client_id: undefined, client_secret: undefined }
  const { status } = await requestTokens(dex, forCode(await getCode(dex), parameters), headers)
  expect(status).toBe(400)
})

describe('a code', () => {
  test('is good once, and its second use ends what the first one gave', async () => {
    const code = await getCode(dex, OFFLINE)
    const first = await requestTokens(dex, forCode(code))
    expect(first.status).toBe(200)
    const second = await requestTokens(dex, forCode(code))
    expect(second).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    const refreshed = await requestTokens(dex, forRefresh(first.body['refresh_token']))
    expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  test('is good once for many who use it at the same time', async () => {
    const code = await getCode(dex)
    const answers = await Promise.all(Array.from({ length: 8 }, () => requestTokens(dex, forCode(code))))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ body }) => body['error'] === 'invalid_grant')).toHaveLength(7)
  })

  test.each<[string, Record<string, string | undefined>]>([
    ['made up', { code: 'x' }],
    ['with another redirect URI', { redirect_uri: CONSOLE.redirectURIs[1] }],
    ['with a verifier that nobody asked for', { code_verifier: 'v'.repeat(43) }],
    ['of another client', { client_id: CLI.id, client_secret: undefined }],
  ])('%s is 400 invalid_grant', async (_, changes) => {
    const { status, body } = await requestTokens(dex, forCode(await getCode(dex), changes))
    expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_grant' })
  })

  test.each<[string, string | undefined]>([
    ['without the verifier', undefined],
    ['with another verifier', 'w'.repeat(43)],
  ])('with PKCE %s is 400 invalid_grant', async (_, verifier) => {
    const code = await getCode(dex, { code_challenge: 'v'.repeat(43), code_challenge_method: 'plain' })
    const { status, body } = await requestTokens(dex, forCode(code, { code_verifier: verifier }))
    expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_grant' })
  })
})

describe('a refresh token', () => {
  test('is good once; using it again is refused, and its successor goes on', async () => {
    const first = await requestTokens(dex, forCode(await getCode(dex, OFFLINE)))
    const second = await requestTokens(dex, forRefresh(first.body['refresh_token']))
    expect(second.status).toBe(200)
    expect(decodeJwt(second.body['id_token']!)).toMatchObject({ email: ADMIN.email, nonce: 'a nonce' })
    for (const _ of [1, 2]) {
      const again = await requestTokens(dex, forRefresh(first.body['refresh_token']))
      expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    }
    const third = await requestTokens(dex, forRefresh(second.body['refresh_token']))
    expect(third.status).toBe(200)
  })

  test('is good once for many who use it at the same time', async () => {
    const { body } = await requestTokens(dex, forCode(await getCode(dex, OFFLINE)))
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => requestTokens(dex, forRefresh(body['refresh_token']))),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(7)
  })

  test('of one client is nothing to another', async () => {
    const { body } = await requestTokens(dex, forCode(await getCode(dex, OFFLINE)))
    const other = { client_id: CLI.id, client_secret: undefined }
    const stolen = await requestTokens(dex, forRefresh(body['refresh_token'], other))
    expect(stolen).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await requestTokens(dex, forRefresh(body['refresh_token']))).status).toBe(200)
  })

  test('gives fewer scopes when asked, never more', async () => {
    const { body } = await requestTokens(dex, forCode(await getCode(dex, OFFLINE)))
    const more = await requestTokens(dex, forRefresh(body['refresh_token'], { scope: 'openid profile' }))
    expect(more).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
    const less = await requestTokens(dex, forRefresh(body['refresh_token'], { scope: 'openid email' }))
    expect(decodeJwt(less.body['id_token']!)).not.toHaveProperty('groups')
  })
})

test('with a reuse interval, an answer that was lost can be asked for again', async () => {
  await using own = await startTestDex({ expiry: { refreshTokens: { reuseInterval: '1m' } } })
  const { body } = await requestTokens(own, forCode(await getCode(own, OFFLINE)))
  const lost = await requestTokens(own, forRefresh(body['refresh_token']))
  const again = await requestTokens(own, forRefresh(body['refresh_token']))
  const next = await requestTokens(own, forRefresh(again.body['refresh_token']))
  expect([lost.status, again.status, next.status]).toEqual([200, 200, 200])
})

test('after the reuse interval, a used refresh token is refused', async () => {
  await using own = await startTestDex({ expiry: { refreshTokens: { reuseInterval: '1s' } } })
  const { body } = await requestTokens(own, forCode(await getCode(own, OFFLINE)))
  const refresh = async () => (await requestTokens(own, forRefresh(body['refresh_token']))).status
  expect(await refresh()).toBe(200)
  await expect.poll(refresh, { timeout: 5000 }).toBe(400)
})

test('without rotation, a refresh token stays as it is', async () => {
  await using own = await startTestDex({ expiry: { refreshTokens: { disableRotation: true } } })
  const { body } = await requestTokens(own, forCode(await getCode(own, OFFLINE)))
  for (const _ of [1, 2]) {
    const { status, body: answer } = await requestTokens(own, forRefresh(body['refresh_token']))
    expect({ status, token: answer['refresh_token'] }).toEqual({ status: 200, token: body['refresh_token'] })
  }
})

test('a refresh token ends when it is not used, and survives while it is', async () => {
  await using own = await startTestDex({
    expiry: { refreshTokens: { disableRotation: true, validIfNotUsedFor: '2s' } },
  })
  const { body } = await requestTokens(own, forCode(await getCode(own, OFFLINE)))
  const refresh = () => requestTokens(own, forRefresh(body['refresh_token']))
  const began = Date.now()
  // Used again and again it lives longer than two seconds.
  await expect
    .poll(async () => (await refresh()).status === 200 && Date.now() - began > 3000, { timeout: 6000 })
    .toBe(true)
  // Each look is a use, so the looks must be further apart than the token lives.
  await expect.poll(async () => (await refresh()).status, { interval: 2500, timeout: 8000 }).toBe(400)
})

test.each<[string, Record<string, string | undefined>, number, string]>([
  ['an unknown grant type', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ['no grant type', {}, 400, 'invalid_request'],
  ['no code', { grant_type: 'authorization_code' }, 400, 'invalid_request'],
])('%s is %o: %d %s', async (_, parameters, status, error) => {
  expect(await requestTokens(dex, parameters)).toMatchObject({ status, body: { error } })
})

test.each<[string, object, number]>([
  ['GET', { method: 'GET' }, 400],
  [
    'another type of body',
    { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } },
    415,
  ],
  [
    'a body that is too large',
    {
      method: 'POST',
      body: `grant_type=${'x'.repeat(70_000)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    413,
  ],
])('%s is an error in JSON', async (_, init, status) => {
  const response = await dex.fetch(`${dex.issuer}/token`, init)
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ error: 'invalid_request' })
})

describe('userinfo', () => {
  const ask = (authorization?: string) =>
    dex.fetch(`${dex.issuer}/userinfo`, { headers: authorization ? { authorization } : {} })

  test('has the claims of the access token', async () => {
    const { body } = await requestTokens(dex, forCode(await getCode(dex, OFFLINE)))
    const response = await ask(`Bearer ${body['access_token']}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(decodeJwt(body['access_token']!))
  })

  test.each<[string, string | undefined, number]>([
    ['no token', undefined, 401],
    ['another scheme', `Basic ${btoa('console:console-secret')}`, 401],
    ['no JWT', 'Bearer x', 403],
    ['an unsigned JWT', `Bearer ${btoa('{"alg":"none"}')}.${btoa('{"sub":"x"}')}.`, 403],
  ])('with %s is refused', async (_, authorization, status) => {
    const response = await ask(authorization)
    expect(response.status).toBe(status)
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
  })

  test('with a tampered token is refused', async () => {
    const { body } = await requestTokens(dex, forCode(await getCode(dex)))
    const [head, payload, signature] = body['access_token']!.split('.')
    const claims = { ...decodeJwt(body['access_token']!), email: 'evil@example.com' }
    const forged = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`
    expect((await ask(`Bearer ${forged}`)).status).toBe(403)
    expect((await ask(`Bearer ${head}.${payload}.${signature}`)).status).toBe(200)
  })
})
