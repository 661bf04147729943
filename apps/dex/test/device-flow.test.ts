import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { normalizeUserCode, createUserCode } from '../src/device/user-code.ts'
import { nextPoll } from '../src/device/poll.ts'
import type { Browser, Visit } from './browser.ts'
import { discoverWith } from './openid-client.ts'
import {
  ADMIN,
  CLI,
  CONSOLE,
  requestTokens,
  startTestDex,
  type TestDex,
  type TokenAnswer,
} from './test-dex.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const RIGHT = { login: ADMIN.email, password: 'password' }
/** A client with a secret that Dex lets use the device flow. */
const TV = { id: 'tv', secret: 'tv-secret', name: 'TV & more', redirectURIs: ['/device/callback'] }

let dex: TestDex
beforeAll(async () => {
  dex = await startTestDex({ staticClients: [CONSOLE, CLI, TV] })
})
afterAll(() => dex[Symbol.asyncDispose]())

interface Begun {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string
}

async function post(path: string, form: Record<string, string>, own = dex) {
  const response = await own.fetch(own.issuer + path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> & Begun }
}

async function begin(changes: Record<string, string> = {}, own = dex): Promise<Begun> {
  const { status, body } = await post(
    '/device/code',
    { client_id: CLI.id, scope: 'openid email', ...changes },
    own,
  )
  expect({ status, body }).toMatchObject({ status: 200 })
  return body
}

function poll(
  begun: Begun,
  changes: Record<string, string | undefined> = {},
  own = dex,
): Promise<TokenAnswer> {
  const form = { grant_type: GRANT, device_code: begun.device_code }
  return requestTokens(own, { ...form, client_id: CLI.id, client_secret: undefined, ...changes })
}

/** Types the code and logs in; ends on the page that says so. */
async function approve(browser: Browser, begun: Begun, own = dex): Promise<Visit> {
  const page = await browser.open(`${own.issuer}/device`)
  const login = await browser.submit(page, { user_code: begun.user_code })
  return browser.submit(login, RIGHT)
}

describe('the device flow', () => {
  test.each<[string, string, openid.ClientAuth]>([
    ['a public client', CLI.id, openid.None()],
    ['a client with a secret', TV.id, openid.ClientSecretBasic(TV.secret)],
  ])('logs in %s with openid-client', async (_, id, authentication) => {
    const configuration = await discoverWith(dex, id, authentication)
    const scope = 'openid email groups offline_access'
    const begun = await openid.initiateDeviceAuthorization(configuration, { scope })
    expect(begun).toMatchObject({ expires_in: 300, interval: 5, verification_uri: `${dex.issuer}/device` })
    expect(begun.user_code).toMatch(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/)
    const browser = dex.browser()
    const page = await browser.open(begun.verification_uri_complete!)
    expect(page.text).toContain(`value="${begun.user_code}"`)
    const login = await browser.submit(page, { user_code: begun.user_code })
    const done = await browser.submit(login, RIGHT)
    expect(done).toMatchObject({ status: 200, url: expect.stringContaining('/dex/device/callback?code=') })
    expect(done.text).toContain('Login successful for')

    const polled = { ...begun, interval: 0.01 }
    const tokens = await openid.pollDeviceAuthorizationGrant(configuration, polled)
    expect(tokens.claims()).toMatchObject({ aud: id, email: ADMIN.email, groups: ADMIN.groups })
    const refreshed = await openid.refreshTokenGrant(configuration, tokens.refresh_token!)
    expect(refreshed.claims()).toMatchObject({ email: ADMIN.email })
  })

  test('tells a device to wait, and to wait longer when it does not', async () => {
    const begun = await begin()
    expect(await poll(begun)).toMatchObject({ status: 401, body: { error: 'authorization_pending' } })
    expect(await poll(begun)).toMatchObject({ status: 400, body: { error: 'slow_down' } })
    expect((await approve(dex.browser(), begun)).status).toBe(200)
    expect((await poll(begun)).status).toBe(200)
  })

  test('gives its tokens once, however many ask at the same time', async () => {
    const begun = await begin()
    await approve(dex.browser(), begun)
    const answers = await Promise.all(Array.from({ length: 5 }, () => poll(begun)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await poll(begun)).status).toBe(400)
  })

  test('asks for approval where that is not skipped, and tells the device of a refusal', async () => {
    await using own = await startTestDex({ oauth2: {} })
    const begun = await begin({}, own)
    const browser = own.browser()
    const approval = await approve(browser, begun, own)
    expect(approval.text).toContain('kubectl would like to')
    const refused = await browser.submit(approval, {}, { index: 1 })
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('access_denied')
    expect(await poll(begun, {}, own)).toMatchObject({ status: 400, body: { error: 'access_denied' } })
  })

  test('holds a device to its PKCE challenge', async () => {
    const verifier = openid.randomPKCECodeVerifier()
    const challenge = {
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }
    const begun = await begin(challenge)
    await approve(dex.browser(), begun)
    expect((await poll(begun)).body).toMatchObject({ error: 'invalid_grant' })
    expect((await poll(begun, { code_verifier: 'w'.repeat(43) })).body).toMatchObject({
      error: 'invalid_grant',
    })
    expect((await poll(begun, { code_verifier: verifier })).status).toBe(200)
  })

  test('ends with the lifetime of its codes', async () => {
    await using own = await startTestDex({ expiry: { deviceRequests: '1s' } })
    const begun = await begin({}, own)
    const expired = async () => (await poll(begun, {}, own)).body['error']
    await expect.poll(expired, { interval: 200 }).toBe('expired_token')
    const late = await own.browser().submit(await own.browser().open(`${own.issuer}/device`), {
      user_code: begun.user_code,
    })
    expect(late.status).toBe(400)
  })

  test.each<[string, Record<string, string>, number, string]>([
    ['an unknown client', { client_id: 'nobody' }, 401, 'invalid_client'],
    ['a wrong secret', { client_id: TV.id, client_secret: 'wrong' }, 401, 'invalid_client'],
    [
      'a client with other redirect URIs only',
      { client_id: CONSOLE.id, client_secret: CONSOLE.secret },
      400,
      'unauthorized_client',
    ],
    ['a scope that there is not', { scope: 'openid admin' }, 400, 'invalid_scope'],
    ['no openid', { scope: 'email' }, 400, 'invalid_scope'],
    ['a strange challenge', { code_challenge: 'x', code_challenge_method: 'S1' }, 400, 'invalid_request'],
  ])('%s gets no code', async (_, changes, status, error) => {
    const form = { client_id: CLI.id, scope: 'openid email', ...changes }
    expect(await post('/device/code', form)).toMatchObject({ status, body: { error } })
  })
})

test('without it in grantTypes there is no device flow', async () => {
  await using own = await startTestDex({ oauth2: { grantTypes: ['authorization_code'] } })
  const form = { client_id: CLI.id, scope: 'openid' }
  expect((await post('/device/code', form, own)).body).toMatchObject({ error: 'unauthorized_client' })
  const made = { device_code: 'made-up', user_code: '', verification_uri: '', verification_uri_complete: '' }
  expect((await poll(made, {}, own)).body).toMatchObject({ error: 'unsupported_grant_type' })
})

describe('a device code', () => {
  test('is nothing to another client, and a made-up one to nobody', async () => {
    const begun = await begin()
    await approve(dex.browser(), begun)
    const other = { client_id: TV.id, client_secret: TV.secret }
    expect((await poll(begun, other)).body).toMatchObject({ error: 'invalid_request' })
    expect((await poll(begun, { device_code: 'made-up' })).body).toMatchObject({ error: 'invalid_request' })
    expect((await poll(begun, { device_code: undefined })).status).toBe(400)
    expect((await poll(begun)).status).toBe(200)
  })
})

describe('the page for user codes', () => {
  test('takes a code however it is typed', async () => {
    const begun = await begin()
    const browser = dex.browser()
    const page = await browser.open(`${dex.issuer}/device`)
    const typed = ` ${begun.user_code.toLowerCase().replace('-', ' ')} `
    expect((await browser.submit(page, { user_code: typed })).url).toContain('/auth/local/login')
  })

  test('says that a code is not right, and shows what was typed without believing it', async () => {
    await using own = await startTestDex()
    const browser = own.browser()
    const page = await browser.open(`${own.issuer}/device?user_code="><script>alert(1)</script>`)
    expect(page.text).not.toContain('<script>')
    expect((await browser.open(`${own.issuer}/device?invalid=true`)).text).toContain('id="login-error"')
    const wrong = await browser.submit(page, { user_code: '<b>BBBB-BBBB' })
    expect(wrong.status).toBe(400)
    expect(wrong.text).toContain('Invalid or expired user code.')
    expect(wrong.text).not.toContain('<b>')
    expect((await browser.submit(page, { user_code: '' })).status).toBe(400)
  })

  test('slows guesses, and a right code in between gives no more of them', async () => {
    await using own = await startTestDex()
    const browser = own.browser()
    const page = await browser.open(`${own.issuer}/device`)
    const guess = async () => (await browser.submit(page, { user_code: createUserCode() })).status
    for (let attempt = 0; attempt < 4; attempt += 1) expect(await guess()).toBe(400)
    const begun = await begin({}, own)
    expect((await browser.submit(page, { user_code: begun.user_code })).url).toContain('/login')
    expect(await guess()).toBe(400)
    const slowed = await browser.submit(page, { user_code: begun.user_code })
    expect(slowed.status).toBe(429)
    expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test.each([{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, { origin: 'null' }])(
    'takes no form of another site: %o',
    async (headers) => {
      const begun = await begin()
      const browser = dex.browser()
      const page = await browser.open(`${dex.issuer}/device`)
      const forced = await browser.submit(page, { user_code: begun.user_code }, { headers })
      expect(forced.status).toBe(403)
      const own = { headers: { origin: new URL(dex.issuer).origin } }
      expect((await browser.submit(page, { user_code: begun.user_code }, own)).url).toContain('/login')
    },
  )
})

describe('approving a device', () => {
  test('needs the browser that the code was typed in: a link of an attacker lets nothing in', async () => {
    const begun = await begin()
    const attacker = dex.browser()
    await attacker.submit(await attacker.open(`${dex.issuer}/device`), { user_code: begun.user_code })
    const link = new URLSearchParams({
      client_id: CLI.id,
      redirect_uri: '/dex/device/callback',
      response_type: 'code',
      scope: 'openid email',
      state: begun.user_code,
    })
    const victim = dex.browser()
    const login = await victim.open(`${dex.issuer}/auth?${link.toString()}`)
    const stopped = await victim.submit(login, RIGHT)
    expect(stopped).toMatchObject({ status: 400, url: expect.stringContaining('/device/callback?code=') })
    // Nor does the code help in the browser of the attacker, which did not log in, beyond the scopes asked for.
    expect((await poll(begun)).body).toMatchObject({ error: 'authorization_pending' })
  })

  test('takes no code with other scopes than those that the device asked for', async () => {
    const begun = await begin()
    const browser = dex.browser()
    await browser.submit(await browser.open(`${dex.issuer}/device`), { user_code: begun.user_code })
    const wider = new URLSearchParams({
      client_id: CLI.id,
      redirect_uri: '/dex/device/callback',
      response_type: 'code',
      scope: 'openid email groups offline_access',
      state: begun.user_code,
    })
    const login = await browser.open(`${dex.issuer}/auth?${wider.toString()}`)
    expect((await browser.submit(login, RIGHT)).status).toBe(400)
    expect((await poll(begun)).body).toMatchObject({ error: 'authorization_pending' })
  })

  test('happens once', async () => {
    const begun = await begin()
    const browser = dex.browser()
    const done = await approve(browser, begun)
    expect((await browser.open(done.url)).status).toBe(400)
    const page = await browser.open(`${dex.issuer}/device`)
    expect((await browser.submit(page, { user_code: begun.user_code })).status).toBe(400)
  })

  test.each([
    ['https://evil.example/device/callback'],
    ['//evil.example/device/callback'],
    ['/device/callback'],
    ['/dex/device/callback/../../x'],
  ])('leads nowhere else: %s', async (redirectURI) => {
    for (const id of [CLI.id, TV.id]) {
      const query = new URLSearchParams({
        client_id: id,
        redirect_uri: redirectURI,
        response_type: 'code',
        scope: 'openid',
      })
      const answer = await dex.browser().open(`${dex.issuer}/auth/local?${query.toString()}`)
      expect(answer.status).toBe(400)
    }
  })

  test('without its parameters is an error page', async () => {
    for (const query of ['', '?state=x', '?code=x', '?error=x']) {
      expect((await dex.browser().open(`${dex.issuer}/device/callback${query}`)).status).toBe(400)
    }
  })
})

test('user codes have 34 bits: eight of twenty letters, each as likely as the others', () => {
  const counts = new Map<string, number>()
  for (let code = 0; code < 5000; code += 1) {
    for (const letter of createUserCode().replace('-', '')) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  }
  expect([...counts.keys()].toSorted().join('')).toBe('BCDFGHJKLMNPQRSTVWXZ')
  // 2000 each; six standard deviations are 262.
  for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(262)
})

test.each([
  ['bdwp-hqpk', 'BDWP-HQPK'],
  ['  BDWP HQPK\n', 'BDWP-HQPK'],
  ['bdwphqpkextra', 'BDWP-HQPKE'],
  ['', '-'],
])('%j is typed for %s', (typed, expected) => {
  expect(normalizeUserCode(typed)).toBe(expected)
})

test.each<[string, Parameters<typeof nextPoll>[0], number, ReturnType<typeof nextPoll>]>([
  ['the first poll', undefined, 1000, { tooEarly: false, poll: { at: 1000, interval: 5 } }],
  ['in time', { at: 0, interval: 5 }, 5000, { tooEarly: false, poll: { at: 5000, interval: 5 } }],
  ['too early', { at: 0, interval: 5 }, 4999, { tooEarly: true, poll: { at: 4999, interval: 10 } }],
  ['again too early', { at: 0, interval: 10 }, 9000, { tooEarly: true, poll: { at: 9000, interval: 15 } }],
])('a poll: %s', (_, former, now, expected) => {
  expect(nextPoll(former, now)).toEqual(expected)
})
