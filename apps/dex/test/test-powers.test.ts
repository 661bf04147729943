import { createRemoteJWKSet, customFetch, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PoweredDex, startPoweredDex } from './powers.ts'
import {
  ADMIN,
  authorizationURL,
  CONSOLE,
  forCode,
  forRefresh,
  getCode,
  logIn,
  requestTokens,
  type TestDex,
} from './test-dex.ts'

const OFFLINE = { scope: 'openid email groups offline_access' }
const HOUR = 3600

let powered: PoweredDex
let dex: TestDex
beforeAll(async () => {
  powered = await startPoweredDex({ expiry: { signingKeys: '6h', idTokens: '24h' } })
  ;({ dex } = powered)
})
afterAll(() => powered[Symbol.asyncDispose]())

/** Verifies as a client does that knows the issuer by its discovery document only. */
function verify(token: string) {
  const keys = createRemoteJWKSet(new URL(`${dex.issuer}/keys`), {
    // undici's fetch trusts the test's CA; it has the shape of the global one but its own classes.
    [customFetch]: dex.fetch as unknown as typeof fetch,
  })
  return jwtVerify(token, keys, { issuer: dex.issuer, audience: CONSOLE.id })
}

async function mint(request: Record<string, unknown>): Promise<string> {
  const { body } = await powered.use('POST', '/tokens', request)
  return String(body['token'])
}

async function signIn(): Promise<Record<string, string>> {
  return (await requestTokens(dex, forCode(await getCode(dex, OFFLINE)))).body
}

describe('minted tokens', () => {
  test('are what a login would have given', async () => {
    const { protectedHeader, payload } = await verify(await mint({ user: ADMIN.email }))
    expect(protectedHeader.alg).toBe('RS256')
    const login = decodeJwt((await requestTokens(dex, forCode(await getCode(dex)))).body['id_token']!)
    for (const name of [
      'iss',
      'sub',
      'aud',
      'email',
      'email_verified',
      'groups',
      'name',
      'preferred_username',
    ]) {
      expect.soft(payload[name], name).toEqual(login[name])
    }
    expect(payload.exp! - payload.iat!).toBe(24 * HOUR)
  })

  test('take any claims, and lose those that are null', async () => {
    const claims = { groups: ['system:masters'], email: null, nested: { a: [1] }, sub: 'somebody' }
    const { payload } = await verify(await mint({ user: ADMIN.email, claims, lifetimeSeconds: 5 }))
    expect(payload).toMatchObject({ groups: ['system:masters'], nested: { a: [1] }, sub: 'somebody' })
    expect(payload).not.toHaveProperty('email')
    expect(payload.exp! - payload.iat!).toBe(5)
  })

  test.each(['RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'])(
    'can be signed with %s by a published key',
    async (algorithm) => {
      const { protectedHeader } = await verify(await mint({ user: ADMIN.email, algorithm }))
      expect(protectedHeader.alg).toBe(algorithm)
    },
  )

  test.each([
    ['expired', 'ERR_JWT_EXPIRED'],
    ['notYetValid', 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['wrongAudience', 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['wrongIssuer', 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['algorithmNone', 'ERR_JWS_INVALID'],
    ['algorithmConfusion', 'ERR_JOSE_NOT_SUPPORTED'],
    ['unknownKey', 'ERR_JWKS_NO_MATCHING_KEY'],
    ['forgedKey', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    ['brokenSignature', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
  ])('with the fault %s are refused by an independent client', async (fault, code) => {
    const token = await mint({ user: ADMIN.email, fault })
    await expect(verify(token)).rejects.toSatisfy((error: { code: string }) => {
      // jose names the missing signature in one way or another.
      return error.code === code || (fault === 'algorithmNone' && error.code.startsWith('ERR_J'))
    })
  })

  test('can have an unverified email, or three hundred groups more', async () => {
    const unverified = await verify(await mint({ user: ADMIN.email, fault: 'unverifiedEmail' }))
    expect(unverified.payload['email_verified']).toBe(false)
    const many = await verify(await mint({ user: ADMIN.email, fault: 'manyGroups' }))
    expect(many.payload['groups']).toHaveLength(302)
  })

  test('for nobody who is there are refused', async () => {
    expect((await powered.use('POST', '/tokens', { user: 'nobody@example.com' })).status).toBe(404)
  })
})

describe('users', () => {
  test('who are created log in, whose groups change show them at the refresh, who are deleted get nothing', async () => {
    const user = { email: 'new@example.com', password: 'correct horse', groups: ['first'] }
    expect((await powered.use('POST', '/users', user)).status).toBe(201)
    expect((await powered.use('POST', '/users', { email: 'NEW@example.com' })).status).toBe(409)
    const browser = dex.browser()
    const form = await browser.open(authorizationURL(dex.issuer, OFFLINE))
    const back = await browser.submit(form, { login: user.email, password: user.password })
    const code = new URL(back.url).searchParams.get('code')!
    const first = (await requestTokens(dex, forCode(code))).body
    expect(decodeJwt(first['id_token']!)['groups']).toEqual(['first'])
    await powered.use('PUT', '/groups/second', { members: [user.email] })
    const second = (await requestTokens(dex, forRefresh(first['refresh_token']))).body
    expect(decodeJwt(second['id_token']!)['groups']).toEqual(['first', 'second'])
    expect((await powered.use('DELETE', '/users/new%40example.com')).status).toBe(204)
    expect((await requestTokens(dex, forRefresh(second['refresh_token']))).status).toBe(400)
    expect((await powered.use('GET', '/users/new%40example.com')).status).toBe(404)
  })

  test('without a password are logged in by no password', async () => {
    await powered.use('POST', '/users', { email: 'tile@example.com' })
    for (const password of ['', 'undefined', 'null']) {
      const browser = dex.browser()
      const form = await browser.open(authorizationURL(dex.issuer))
      expect((await browser.submit(form, { login: 'tile@example.com', password })).status).toBe(401)
    }
  })

  test('are never shown with their password or its hash', async () => {
    const { body } = await powered.use('GET', '/users')
    expect(JSON.stringify(body)).not.toMatch(/hash|\$2[aby]\$/)
  })

  test('with a password that bcrypt would cut off are refused', async () => {
    const answer = await powered.use('POST', '/users', { email: 'x@example.com', password: 'ä'.repeat(40) })
    expect(answer.status).toBe(400)
  })
})

describe('the clock', () => {
  test('moves what stands in tokens, and ages tokens, codes, refresh tokens and keys by it', async () => {
    await using own = await startPoweredDex({
      expiry: { idTokens: '1h', signingKeys: '6h', refreshTokens: { validIfNotUsedFor: '48h' } },
    })
    const advance = (advanceSeconds: number) => own.use('PUT', '/clock', { advanceSeconds })
    const redeem = (code: string) => requestTokens(own.dex, forCode(code))
    const userinfo = async (token: string | undefined) =>
      (await own.dex.fetch(`${own.dex.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } }))
        .status
    const kids = async () => (await own.use('GET', '/keys')).body['published'] as string[]

    const { body: tokens } = await redeem(await getCode(own.dex, OFFLINE))
    expect(await userinfo(tokens['access_token'])).toBe(200)
    const code = await getCode(own.dex)
    await advance(31 * 60)
    expect((await redeem(code)).body).toMatchObject({ error: 'invalid_grant' })
    expect(await userinfo(tokens['access_token'])).toBe(200)
    await advance(30 * 60)
    expect(await userinfo(tokens['access_token'])).toBe(403)

    const later = (await redeem(await getCode(own.dex, OFFLINE))).body
    const { iat, exp } = decodeJwt(later['id_token']!)
    expect(iat! - Date.now() / 1000).toBeGreaterThan(HOUR - 10)
    expect(exp! - iat!).toBe(HOUR)

    const [before] = await kids()
    await advance(5 * HOUR)
    const [after, former] = await kids()
    expect(after).not.toBe(before)
    expect(former).toBe(before)
    await advance(HOUR + 1)
    expect(await kids()).not.toContain(before)

    const refreshed = (await requestTokens(own.dex, forRefresh(later['refresh_token']))).body
    await advance(47 * HOUR)
    const again = await requestTokens(own.dex, forRefresh(refreshed['refresh_token']))
    expect(again.status).toBe(200)
    await advance(49 * HOUR)
    expect((await requestTokens(own.dex, forRefresh(again.body['refresh_token']))).status).toBe(400)
  })

  test('counts the absolute lifetime of a login that was made at a moved time from that time', async () => {
    await using own = await startPoweredDex({ expiry: { refreshTokens: { absoluteLifetime: '10h' } } })
    await own.use('PUT', '/clock', { offsetSeconds: 100 * HOUR })
    const first = (await requestTokens(own.dex, forCode(await getCode(own.dex, OFFLINE)))).body
    await own.use('PUT', '/clock', { advanceSeconds: 9 * HOUR })
    const second = await requestTokens(own.dex, forRefresh(first['refresh_token']))
    expect(second.status).toBe(200)
    await own.use('PUT', '/clock', { advanceSeconds: 2 * HOUR })
    expect((await requestTokens(own.dex, forRefresh(second.body['refresh_token']))).status).toBe(400)
  })

  test('goes back, to a date or to the real time, and logins work at every one', async () => {
    await powered.use('PUT', '/clock', { now: '2020-02-29T12:00:00Z' })
    const { body } = await requestTokens(dex, forCode(await getCode(dex)))
    expect(new Date(decodeJwt(body['id_token']!).iat! * 1000).toISOString()).toMatch(/^2020-02-29T12:0/)
    expect((await powered.use('DELETE', '/clock')).status).toBe(204)
    expect((await powered.use('GET', '/clock')).body['offsetSeconds']).toBe(0)
    expect(decodeJwt((await signIn())['id_token']!).iat! * 1000).toBeLessThanOrEqual(Date.now())
  })
})

describe('keys', () => {
  test('that are rotated still verify, that are lost don’t', async () => {
    const { id_token: first = '' } = await signIn()
    await powered.use('POST', '/keys/rotate', {})
    await verify(first)
    const { id_token: second = '' } = await signIn()
    expect(decodeProtectedHeader(second).kid).not.toBe(decodeProtectedHeader(first).kid)
    const elliptic = await mint({ user: ADMIN.email, algorithm: 'ES256' })
    const { body } = await powered.use('POST', '/keys/lose', {})
    expect(body['published']).toEqual([body['signing']])
    for (const token of [first, second, elliptic]) {
      await expect(verify(token)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
    }
    await verify((await signIn())['id_token']!)
    await verify(await mint({ user: ADMIN.email, algorithm: 'ES256' }))
  })
})

describe('faults', () => {
  const add = (fault: Record<string, unknown>) => powered.use('POST', '/faults', fault)

  test('answer with an error, as often as was asked for, and then no more', async () => {
    await add({ endpoint: 'keys', status: 503, times: 2 })
    const statuses = []
    for (let count = 0; count < 3; count += 1) statuses.push((await dex.fetch(`${dex.issuer}/keys`)).status)
    expect(statuses).toEqual([503, 503, 200])
    expect((await powered.use('GET', '/faults')).body).toEqual({ items: [] })
  })

  test('answer in the form that the endpoint has', async () => {
    await add({ endpoint: 'token', status: 500, times: 1 })
    expect((await requestTokens(dex, forCode('x'))).body).toMatchObject({ error: 'server_error' })
    await add({ endpoint: 'auth', status: 502, times: 1 })
    const page = await dex.fetch(`${dex.issuer}/auth`)
    expect([page.status, page.headers.get('content-type')]).toEqual([502, 'text/html; charset=utf-8'])
  })

  test('delay, cut the connection, and end when they are removed', async () => {
    const { body } = await add({ endpoint: 'discovery', delayMilliseconds: 300 })
    const url = `${dex.issuer}/.well-known/openid-configuration`
    const began = performance.now()
    expect((await dex.fetch(url)).status).toBe(200)
    expect(performance.now() - began).toBeGreaterThan(290)
    await powered.use('DELETE', `/faults/${String(body['id'])}`)
    await add({ endpoint: 'discovery', cut: true })
    await expect(dex.fetch(url)).rejects.toThrow('fetch failed')
    await powered.use('DELETE', '/faults')
    expect((await dex.fetch(url)).status).toBe(200)
  })

  test('of endpoints that there are not, or that do nothing, are refused', async () => {
    const unknown = await add({ endpoint: 'tokens', status: 500 })
    expect(unknown.status).toBe(400)
    expect(unknown.body['detail']).toContain('discovery')
    expect((await add({ endpoint: 'token' })).status).toBe(400)
    expect((await add({ endpoint: 'token', status: 500, cut: true })).status).toBe(400)
  })
})

describe('the journal', () => {
  test('tells what happened in a login, and holds no password, code or token', async () => {
    await powered.use('DELETE', '/logins')
    const browser = dex.browser()
    const form = await browser.open(
      authorizationURL(dex.issuer, { ...OFFLINE, redirect_uri: CONSOLE.redirectURIs[1]! }),
    )
    const again = await browser.submit(form, { login: 'typed-my-password-here', password: 'wrong-password' })
    const back = await browser.submit(again, { login: ADMIN.email, password: 'password' })
    const code = new URL(back.url).searchParams.get('code')!
    const redirect = { redirect_uri: CONSOLE.redirectURIs[1]! }
    const tokens = (await requestTokens(dex, forCode(code, redirect))).body
    expect((await requestTokens(dex, forCode(code, redirect))).status).toBe(400)

    const { body } = await powered.use('GET', '/logins')
    const [login] = body['items'] as { id: string; events: Record<string, unknown>[] }[]
    expect(login).toMatchObject({
      clientID: CONSOLE.id,
      redirectURI: 'https://console.example.com/other',
      scopes: ['openid', 'email', 'groups', 'offline_access'],
    })
    expect(login!.events.map(({ event }) => event)).toEqual([
      'requested',
      'notAuthenticated',
      'authenticated',
      'approved',
      'tokensIssued',
      'tokensRefused',
    ])
    expect(login!.events[2]).toMatchObject({ connectorID: 'local', email: ADMIN.email, userID: ADMIN.userID })
    expect(login!.events[4]).toMatchObject({ grantType: 'authorization_code' })
    expect((await powered.use('GET', `/logins/${login!.id}`)).body).toEqual(login)
    const state = new URL(again.url).searchParams.get('state')!
    const secrets = [
      'typed-my-password-here',
      'wrong-password',
      code,
      state,
      'a state',
      'a nonce',
      ...Object.values(tokens),
    ]
    for (const secret of secrets.filter((text) => text.length > 6)) {
      expect.soft(JSON.stringify(body)).not.toContain(secret)
    }
  })

  test('follows the refresh tokens of a login', async () => {
    await powered.use('DELETE', '/logins')
    const { refresh_token: token } = await signIn()
    await requestTokens(dex, forRefresh(token))
    const [login] = (await powered.use('GET', '/logins')).body['items'] as {
      events: Record<string, unknown>[]
    }[]
    expect(login!.events.at(-1)).toMatchObject({ event: 'tokensIssued', grantType: 'refresh_token' })
  })
})

describe('user tiles', () => {
  const openLink = async () => {
    const browser = dex.browser()
    const url = String((await powered.use('POST', '/user-tiles', {})).body['url'])
    return { browser, url, page: await browser.open(url) }
  }

  test('log in with one click, as the same user that the password logs in', async () => {
    const { browser, page } = await openLink()
    expect(page.text).toContain('User tiles are on')
    const chooser = await browser.open(authorizationURL(dex.issuer))
    expect(chooser.text).toContain('dex-tile')
    const back = await browser.submit(chooser, { user_tile: ADMIN.email })
    const code = new URL(back.url).searchParams.get('code')!
    const { body } = await requestTokens(dex, forCode(code))
    const byPassword = (await requestTokens(dex, forCode((await logIn(dex)).searchParams.get('code')!))).body
    expect(decodeJwt(body['id_token']!).sub).toBe(decodeJwt(byPassword['id_token']!).sub)
    expect(new URL(back.url).searchParams.get('state')).toBe('a state')
  })

  test('are not there for another browser, whatever it sends', async () => {
    const stranger = dex.browser()
    const page = await stranger.open(authorizationURL(dex.issuer, { user_tile: ADMIN.email }))
    expect(page.text).toContain('id="password"')
    expect(page.text).not.toContain('dex-tile')
    const body = new URLSearchParams(
      authorizationURL('', { user_tile: ADMIN.email }).split('?')[1],
    ).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded', cookie: '__Host-dex-user-tiles=x' }
    const forced = await stranger.open(`${dex.issuer}/auth/local`, { method: 'POST', headers, body })
    expect(forced.status).toBe(403)
    // The path of the tile's login, without a tile.
    const state = new URL(page.url).searchParams.get('state')!
    expect((await stranger.open(`${dex.issuer}/auth/local/tile?state=${state}`)).status).toBe(400)
  })

  test('are not clicked by another site', async () => {
    const { browser } = await openLink()
    const chooser = await browser.open(authorizationURL(dex.issuer))
    const headers = { 'sec-fetch-site': 'cross-site' }
    expect((await browser.submit(chooser, { user_tile: ADMIN.email }, { headers })).status).toBe(403)
  })

  test('need a link that works once, in a cookie that scripts and other sites don’t see', async () => {
    const { browser, url } = await openLink()
    expect(browser.setCookies.join()).toMatch(
      /^__Host-dex-user-tiles=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure$/,
    )
    expect((await dex.browser().open(url)).status).toBe(404)
  })

  test('lead nowhere but to the client', async () => {
    const { browser } = await openLink()
    const policyOf = async (redirect: string) =>
      (await browser.open(authorizationURL(dex.issuer, { redirect_uri: redirect }))).headers.get(
        'content-security-policy',
      )
    expect(await policyOf('https://attacker.example.com/')).not.toContain('attacker')
    expect(await policyOf(CONSOLE.redirectURIs[0]!)).toContain(
      "form-action 'self' https://console.example.com;",
    )
  })
})
