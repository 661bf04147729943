import type { Status } from '@gatehouse/server'
import { expect, test } from 'vitest'
import { type Answer, type Generator, startGenerator, useGenerator } from './generator.ts'

const ADMIN = { email: 'admin@kyma.cx', email_verified: true }
/** For tests that neither look for all of its log nor touch its issuer. */
const shared = useGenerator({ limits: { failuresPerMinute: 100_000 } })
const nowSeconds = () => Math.floor(Date.now() / 1000)
const statusOf = ({ text }: Answer) => JSON.parse(text) as Status
const flip = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)

/** Answers without a kubeconfig: JSON that says why, never cached, without the token. */
function expectRefusal(answer: Answer, code: number, cause?: string) {
  expect(answer.status).toBe(code)
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  expect(answer.headers).not.toHaveProperty('content-disposition')
  expect(statusOf(answer)).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code })
  expect(statusOf(answer).details?.causes?.[0]?.reason).toBe(cause)
  expect(answer.text).not.toContain('eyJ')
}

test('without a token the answer is a challenge without an error code', async () => {
  const { ask } = shared()
  const answer = await ask()
  expectRefusal(answer, 401, 'TokenMissing')
  expect(answer.headers['www-authenticate']).toBe('Bearer realm="kubeconfig"')
})

const BAD_TOKENS: [string, string, (issuer: Generator['issuer'], generator: Generator) => Promise<string>][] =
  [
    ['expired', 'TokenExpired', (issuer) => issuer.mint({ ...ADMIN, exp: nowSeconds() - 1 })],
    ['without an end', 'TokenExpired', (issuer) => issuer.mint({ ...ADMIN, exp: undefined })],
    ['for another audience', 'TokenAudience', (issuer) => issuer.mint({ ...ADMIN, aud: 'console' })],
    ['of another issuer', 'TokenIssuer', (issuer) => issuer.mint({ ...ADMIN, iss: 'https://other.example' })],
    ['signed by a foreign key', 'TokenSignature', (issuer) => issuer.mint(ADMIN, { foreignKey: true })],
    ['without a user name', 'TokenClaims', (issuer) => issuer.mint({})],
    ['of an unverified email', 'TokenClaims', (issuer) => issuer.mint({ ...ADMIN, email_verified: false })],
    ['of a system user', 'TokenClaims', (issuer) => issuer.mint({ ...ADMIN, email: 'system:admin' })],
    ['that is no JWT', 'TokenMalformed', async () => 'hello'],
    [
      'whose claims were changed',
      'TokenSignature',
      async (issuer) => {
        const [header, claims, signature] = (await issuer.mint(ADMIN)).split('.')
        const changed = {
          ...(JSON.parse(Buffer.from(claims!, 'base64url').toString()) as object),
          email: 'root@kyma.cx',
        }
        return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.')
      },
    ],
    [
      'whose signature was changed',
      'TokenSignature',
      async (issuer) => {
        const [header, claims, signature] = (await issuer.mint(ADMIN)).split('.')
        return [header, claims, flip(signature!)].join('.')
      },
    ],
    [
      'without a signature (alg none)',
      'TokenMalformed',
      async (issuer) => {
        const claims = (await issuer.mint(ADMIN)).split('.')[1]
        return [Buffer.from('{"alg":"none"}').toString('base64url'), claims, ''].join('.')
      },
    ],
  ]

test.each(BAD_TOKENS)('a token %s is refused as %s', async (_, cause, mint) => {
  const generator = shared()
  const token = await mint(generator.issuer, generator)
  const answer = await generator.ask({ headers: { authorization: `Bearer ${token}` } })
  expectRefusal(answer, 401, cause)
  expect(answer.headers['www-authenticate']).toMatch(
    /^Bearer realm="kubeconfig", error="invalid_token", error_description="[\x20\x21\x23-\x5b\x5d-\x7e]+"$/,
  )
  expect(statusOf(answer).message.length).toBeGreaterThan(10)
  expect(generator.log()).not.toContain(token)
})

test('a token signed by a retired key is refused, also when it was accepted before', async () => {
  const { ask, issuer } = await startGenerator()
  const headers = { authorization: `Bearer ${await issuer.mint(ADMIN)}` }
  expect((await ask({ headers })).status).toBe(200)
  await issuer.rotate()
  const fresh = { authorization: `Bearer ${await issuer.mint(ADMIN)}` }
  await expect.poll(async () => (await ask({ headers: fresh })).status, { interval: 500 }).toBe(200)
  expectRefusal(await ask({ headers }), 401, 'TokenSignature')
})

test.each(['Basic YTpi', 'Negotiate abc', '', 'Bearerabc'])(
  'the Authorization header %j holds no bearer token',
  async (authorization) => {
    const { ask } = shared()
    const answer = await ask({ headers: { authorization } })
    expectRefusal(answer, 401, 'TokenMissing')
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="kubeconfig"')
  },
)

test.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer a,b', 'Bearer "a"'])(
  'the Authorization header %j is malformed',
  async (authorization) => {
    const { ask } = shared()
    const answer = await ask({ headers: { authorization } })
    expectRefusal(answer, 401, 'TokenMalformed')
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"')
  },
)

test('two Authorization headers are refused, whichever is good', async () => {
  const { ask, issuer } = shared()
  const good = `Bearer ${await issuer.mint(ADMIN)}`
  for (const authorization of [
    [good, good],
    [good, 'Bearer x'],
    ['Bearer x', good],
  ]) {
    const answer = await ask({ headers: { authorization } })
    expectRefusal(answer, 400)
    expect(answer.headers['www-authenticate']).toContain('error="invalid_request"')
  }
})

test.each(['access_token', 'id_token', 'token', 'Access_Token'])(
  'a token in the query as %s is refused and not logged',
  async (name) => {
    const { ask, issuer, log } = await startGenerator()
    const token = await issuer.mint(ADMIN)
    const path = `/kube-config?${name}=${token}`
    const answer = await ask({ path })
    expectRefusal(answer, 400)
    expect(statusOf(answer).message).toContain('must not stand in the URL')
    expect(answer.headers['www-authenticate']).toContain('error="invalid_request"')
    expectRefusal(await ask({ path, headers: { authorization: `Bearer ${token}` } }), 400)
    expectRefusal(await ask({ path: `/${token}` }), 404)
    await expect
      .poll(
        () =>
          log()
            .split('\n')
            .filter((line) => line.includes('"code":40')).length,
      )
      .toBe(3)
    for (const part of token.split('.')) expect(log()).not.toContain(part)
  },
)

test('when the keys of the issuer were never reached, the answer is 503 with a time to come back', async () => {
  const { issuer } = await startGenerator()
  await issuer.goDown()
  const { ask, urls } = await startGenerator({ issuers: [issuer.settings] })
  const answer = await ask({ headers: { authorization: `Bearer ${await issuer.mint(ADMIN)}` } })
  expectRefusal(answer, 503, 'IssuerUnavailable')
  expect(answer.headers['retry-after']).toBe('5')
  expect(await (await fetch(`${urls.operations}/readyz`)).text()).toContain('[-]issuer failed')
})

test('while the issuer is away, tokens are verified with the keys that are known', async () => {
  const { ask, issuer, urls } = await startGenerator()
  await expect.poll(async () => (await fetch(`${urls.operations}/readyz`)).status).toBe(200)
  const token = await issuer.mint(ADMIN)
  await issuer.goDown()
  expect((await ask({ headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
})

test.each([
  '/',
  '/kube-config/',
  '//kube-config',
  '/Kube-Config',
  '/kube-config%2f',
  '/x/../kube-config',
  '/healthz',
  '/metrics',
])('%s is not found', async (path) => {
  const { ask, issuer } = shared()
  const headers = { authorization: `Bearer ${await issuer.mint(ADMIN)}` }
  const answer = await ask({ path, headers })
  expectRefusal(answer, 404)
  expect(statusOf(answer).message).toContain('/kube-config')
})

test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'])('%s is not allowed', async (method) => {
  const { ask } = shared()
  const answer = await ask({ method })
  expectRefusal(answer, 405)
  expect(answer.headers.allow).toBe('GET, HEAD, OPTIONS')
})

test.each(['Team', '-a', 'a.b', 'a'.repeat(64), '', 'a%0Ab', '..%2Fkube-system', 'a b'])(
  'the namespace %j is refused',
  async (namespace) => {
    const { askAs } = shared()
    const answer = await askAs(ADMIN, `?namespace=${namespace.replaceAll(' ', '+')}`)
    expectRefusal(answer, 400)
    expect(statusOf(answer).message).toContain('is not the name of a namespace')
  },
)

test('an option twice and an option that is not known are refused', async () => {
  const { askAs } = shared()
  const [twice, mistyped] = [
    await askAs(ADMIN, '?namespace=a&namespace=b'),
    await askAs(ADMIN, '?namepsace=a'),
  ]
  expectRefusal(twice, 400)
  expectRefusal(mistyped, 400)
  expect(statusOf(twice).message).toContain('more than once')
  expect(statusOf(mistyped).message).toContain('only the options namespace, format, plugin')
})
