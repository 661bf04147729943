import { request, type RequestOptions } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ADMIN, authorizationURL, startTestDex, type TestDex } from './test-dex.ts'

let dex: TestDex
beforeAll(async () => {
  dex = await startTestDex({
    telemetry: { http: '127.0.0.1:0' },
    web: { http: '127.0.0.1:0', allowedOrigins: ['https://console.example.com'] },
    gatehouse: { alsoHttps: ['127.0.0.2:0'] },
  })
})
afterAll(() => dex[Symbol.asyncDispose]())

/** The discovery document for a Host header of our choice, which fetch would not send. */
function discoverAs(host: string): Promise<Record<string, string>> {
  const url = `${dex.issuer}/.well-known/openid-configuration`
  return discover(url, { headers: { host }, rejectUnauthorized: false, agent: false })
}

function discover(url: string, options: RequestOptions): Promise<Record<string, string>> {
  const { promise, resolve, reject } = Promise.withResolvers<Record<string, string>>()
  const asked = request(url, options, (response) => {
    response.toArray().then((chunks) => resolve(JSON.parse(Buffer.concat(chunks).toString())), reject)
  })
  asked.once('error', reject).end()
  return promise
}

describe('the discovery document', () => {
  test('is Dex’s', async () => {
    const response = await dex.fetch(`${dex.issuer}/.well-known/openid-configuration`)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({
      issuer: dex.issuer,
      authorization_endpoint: `${dex.issuer}/auth`,
      token_endpoint: `${dex.issuer}/token`,
      jwks_uri: `${dex.issuer}/keys`,
      userinfo_endpoint: `${dex.issuer}/userinfo`,
      device_authorization_endpoint: `${dex.issuer}/device/code`,
      introspection_endpoint: `${dex.issuer}/token/introspect`,
      end_session_endpoint: `${dex.issuer}/logout`,
      grant_types_supported: [
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256', 'plain'],
      scopes_supported: ['openid', 'email', 'groups', 'profile', 'offline_access'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      claims_supported: expect.arrayContaining(['iss', 'sub', 'aud', 'email', 'at_hash']),
    })
  })

  test('leads every listener’s visitors to that listener, and keeps the issuer', async () => {
    const port = new URL(dex.issuer).port
    const byName = await discoverAs(`localhost:${port}`)
    expect(byName).toMatchObject({ issuer: dex.issuer, jwks_uri: `https://localhost:${port}/dex/keys` })
    const plain = await dex.fetch(`${dex.service.urls['http']}/dex/.well-known/openid-configuration`)
    expect(await plain.json()).toMatchObject({
      issuer: dex.issuer,
      jwks_uri: `${dex.service.urls['http']}/dex/keys`,
    })
  })

  test('is served at every further address, with the same certificate', async () => {
    const address = dex.service.urls['https 2'] ?? ''
    expect(address).toMatch(/^https:\/\/127\.0\.0\.2:\d+$/)
    const ca = dex.certificateAuthority
    const options = { ca, servername: 'localhost', agent: false as const }
    expect(await discover(`${address}/dex/.well-known/openid-configuration`, options)).toMatchObject({
      issuer: dex.issuer,
      jwks_uri: `${address}/dex/keys`,
    })
  })

  test.each(['evil.example', 'evil.example:5556', '127.0.0.1:1', '127.0.0.1@evil.example'])(
    'takes nothing from the Host header %s',
    async (host) => {
      expect(await discoverAs(host)).toMatchObject({ jwks_uri: `${dex.issuer}/keys` })
    },
  )
})

describe('the cookie on a plain listener', () => {
  const cookieOf = async (own: TestDex) => {
    const browser = own.browser()
    const plain = `${own.service.urls['http']}/dex`
    const form = await browser.open(authorizationURL(plain))
    const { url } = await browser.submit(form, { login: ADMIN.email, password: 'password' })
    return { cookie: browser.setCookies[0], isLoggedIn: url.includes('code=') }
  }

  test('is Secure where the issuer is HTTPS: a proxy stands before us', async () => {
    const { cookie, isLoggedIn } = await cookieOf(dex)
    expect(cookie).toMatch(/^__Host-dex-browser=.*; Secure$/)
    expect(isLoggedIn).toBe(true)
  })

  test('is not where the issuer is HTTP, or no browser would keep it', async () => {
    await using own = await startTestDex({ issuer: 'http://127.0.0.1:1/dex', web: { http: '127.0.0.1:0' } })
    const { cookie, isLoggedIn } = await cookieOf(own)
    expect(cookie).toMatch(/^dex-browser=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(isLoggedIn).toBe(true)
  })
})

describe('CORS', () => {
  const paths = ['/.well-known/openid-configuration', '/keys', '/userinfo', '/token']
  const preflight = (path: string, origin: string) =>
    dex.fetch(dex.issuer + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    })

  test.each(paths)('lets the console read %s', async (path) => {
    const origin = 'https://console.example.com'
    const { status, headers } = await preflight(path, origin)
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe(origin)
    expect(headers.get('access-control-allow-headers')).toBe('Authorization')
    const answer = await dex.fetch(dex.issuer + path, { method: 'POST', body: 'x', headers: { origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    expect(answer.headers.get('vary')).toBe('Origin')
  })

  test.each(['https://evil.example', 'null', 'https://console.example.com.evil.example'])(
    'lets %s read nothing',
    async (origin) => {
      for (const path of paths) {
        const { headers } = await preflight(path, origin)
        expect.soft(headers.get('access-control-allow-origin'), path).toBeNull()
        const form = { 'content-type': 'application/x-www-form-urlencoded', origin }
        const answer = await dex.fetch(dex.issuer + path, {
          method: 'POST',
          body: 'grant_type=x',
          headers: form,
        })
        expect.soft(answer.headers.get('access-control-allow-origin'), path).toBeNull()
      }
    },
  )

  test('is not for pages', async () => {
    const origin = 'https://console.example.com'
    const { headers } = await dex.fetch(`${dex.issuer}/auth`, { headers: { origin } })
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })
})

test('health is told on the issuer’s listener and on the telemetry’s', async () => {
  expect(await (await dex.fetch(`${dex.issuer}/healthz`)).text()).toBe('Health check passed')
  for (const path of ['/healthz', '/healthz/live', '/healthz/ready']) {
    const { status } = await dex.fetch(dex.service.urls['telemetry'] + path)
    expect.soft(status, path).toBe(200)
  }
})

test('metrics count requests by endpoint, never by path', async () => {
  await dex.fetch(`${dex.issuer}/keys`)
  await dex.fetch(`${dex.issuer}/made-up-by-somebody`)
  const metrics = async () => (await dex.fetch(`${dex.service.urls['telemetry']}/metrics`)).text()
  await expect.poll(metrics).toMatch(/http_requests_total\{handler="keys",method="GET",code="200"\} \d+/)
  await expect.poll(metrics).toMatch(/http_requests_total\{handler="unknown",method="GET",code="404"\} \d+/)
  expect(await metrics()).not.toContain('made-up-by-somebody')
})

test('nothing of the telemetry is on the issuer’s listener', async () => {
  expect((await dex.fetch(`${dex.issuer}/metrics`)).status).toBe(404)
})

test.each([
  ['PUT', '/auth', 405],
  ['POST', '/keys', 405],
  ['HEAD', '/keys', 200],
  ['GET', '/', 404],
])('%s %s: %d', async (method, path, status) => {
  expect((await dex.fetch(dex.issuer + path, { method })).status).toBe(status)
})

test('a request from outside the issuer’s path finds nothing', async () => {
  const { origin } = new URL(dex.issuer)
  for (const path of ['/auth', '/keys', '/dexauth', '/dex']) {
    expect.soft((await dex.fetch(origin + path)).status, path).toBe(404)
  }
})
