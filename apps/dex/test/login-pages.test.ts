import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ADMIN,
  authorizationURL,
  CLI,
  CONSOLE,
  forCode,
  requestTokens,
  startTestDex,
  type TestDex,
} from './test-dex.ts'

const CALLBACK = CONSOLE.redirectURIs[0]!
const MOCK = { type: 'mockCallback', id: 'mock', name: 'Example' }
const RIGHT = { login: ADMIN.email, password: 'password' }

/** One instance with one connector and without the approval page, one with two and with it. */
let single: TestDex
let double: TestDex
beforeAll(async () => {
  single = await startTestDex()
  double = await startTestDex({ connectors: [MOCK], oauth2: {} })
})
afterAll(async () => {
  await single[Symbol.asyncDispose]()
  await double[Symbol.asyncDispose]()
})

describe('the chooser', () => {
  test('lists every connector, with the request in its links', async () => {
    const { status, text } = await double.browser().open(authorizationURL(double.issuer))
    expect(status).toBe(200)
    const links = [...text.matchAll(/<a class="dex-btn dex-btn-provider" href="([^"]*)"[^]*?<span>([^<]*)</g)]
    expect(links.map(([, href, label]) => [label, href!.split('?')[0]])).toEqual([
      ['Log in with Email', '/dex/auth/local'],
      ['Log in with Example', '/dex/auth/mock'],
    ])
    expect(links[0]![1]).toContain('state=a+state')
  })

  test('is skipped when the client names a connector', async () => {
    const url = authorizationURL(double.issuer, { connector_id: 'local' })
    expect((await double.browser().open(url)).url).toContain('/dex/auth/local/login?state=')
  })

  test('is skipped when there is only one connector', async () => {
    expect((await single.browser().open(authorizationURL(single.issuer))).url).toContain(
      '/dex/auth/local/login',
    )
  })

  test('is shown for one connector with alwaysShowLoginScreen', async () => {
    await using dex = await startTestDex({ oauth2: { alwaysShowLoginScreen: true } })
    expect((await dex.browser().open(authorizationURL(dex.issuer))).text).toContain('dex-btn-provider')
  })

  test('takes a request by POST, too', async () => {
    const url = new URL(authorizationURL(single.issuer))
    const { url: at } = await single.browser().open(`${single.issuer}/auth`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: url.searchParams.toString(),
    })
    expect(at).toContain('/dex/auth/local/login?state=')
  })

  test.each(['/auth?connector_id=nobody', '/auth/nobody?client_id=console'])(
    '%s: no such connector',
    async (path) => {
      expect((await double.browser().open(double.issuer + path)).status).toBe(400)
    },
  )
})

describe('the password form', () => {
  test('has the fields and ids of Dex, and no error at first', async () => {
    const { status, text } = await single.browser().open(authorizationURL(single.issuer))
    expect(status).toBe(200)
    expect(text).toMatch(/<label for="login">Email Address<\/label>\s*<input\s+id="login"\s+name="login"/)
    expect(text).toMatch(
      /<label for="password">Password<\/label>\s*<input\s+id="password"\s+name="password"\s+type="password"/,
    )
    expect(text).toContain('<button id="submit-login"')
    expect(text).not.toContain('login-error')
    expect(text).not.toContain('Select another login method')
  })

  test('says that it was wrong, keeps the name and can be tried again', async () => {
    const browser = single.browser()
    const form = await browser.open(authorizationURL(single.issuer))
    const again = await browser.submit(form, { ...RIGHT, password: 'wrong' })
    expect(again.status).toBe(401)
    expect(again.text).toContain(
      '<p id="login-error" class="dex-error-box" role="alert">Invalid Email Address and password.',
    )
    expect(again.text).toContain(`value="${ADMIN.email}"`)
    expect(again.text).not.toContain('wrong')
    expect(new URL((await browser.submit(again, RIGHT)).url).searchParams.has('code')).toBe(true)
  })

  test('takes the email in capitals', async () => {
    const browser = single.browser()
    const form = await browser.open(authorizationURL(single.issuer))
    const { url } = await browser.submit(form, { ...RIGHT, login: ADMIN.email.toUpperCase() })
    expect(url).toContain('code=')
  })

  test('leads back to the chooser where there is another connector', async () => {
    const browser = double.browser()
    const challenge = { code_challenge: 'v'.repeat(43), code_challenge_method: 'S256' }
    const form = await browser.open(authorizationURL(double.issuer, { connector_id: 'local', ...challenge }))
    const back = /href="([^"]*)">Select another login method/.exec(form.text)?.[1]?.replaceAll('&amp;', '&')
    const asked = new URL(back!, form.url)
    expect(asked.pathname).toBe('/dex/auth')
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      client_id: CONSOLE.id,
      redirect_uri: CALLBACK,
      response_type: 'code',
      state: 'a state',
      nonce: 'a nonce',
      scope: 'openid email groups profile',
      ...challenge,
    })
    expect((await browser.open(asked.href)).text).toContain('dex-btn-provider')
  })

  test('is another connector’s only by its own path', async () => {
    const browser = double.browser()
    const form = await browser.open(authorizationURL(double.issuer, { connector_id: 'local' }))
    expect((await browser.open(form.url.replace('/auth/local/', '/auth/mock/'))).status).toBe(400)
  })
})

describe('the client', () => {
  test('gets back its state with the code, and nothing else', async () => {
    const browser = single.browser()
    const form = await browser.open(authorizationURL(single.issuer))
    const back = new URL((await browser.submit(form, RIGHT)).url)
    expect(back.origin + back.pathname).toBe(CALLBACK)
    expect([...back.searchParams.keys()]).toEqual(['code', 'state'])
    expect(back.searchParams.get('state')).toBe('a state')
  })

  test('finds its nonce in the ID token', async () => {
    const browser = single.browser()
    const form = await browser.open(authorizationURL(single.issuer, { nonce: 'n-0S6_WzA2Mj' }))
    const back = new URL((await browser.submit(form, RIGHT)).url)
    const { body } = await requestTokens(single, forCode(back.searchParams.get('code')!))
    expect(decodeJwt(body['id_token']!)['nonce']).toBe('n-0S6_WzA2Mj')
  })

  test('with a query in its redirect URI keeps it', async () => {
    const browser = single.browser()
    const form = await browser.open(
      authorizationURL(single.issuer, { redirect_uri: CONSOLE.redirectURIs[1] }),
    )
    const { url } = await browser.submit(form, RIGHT)
    expect(url).toMatch(/^https:\/\/console\.example\.com\/other\?tenant=a&code=[\w-]+&state=a\+state$/)
  })
})

test('every request asks for the password again: Dex has no sessions', async () => {
  const browser = single.browser()
  await browser.submit(await browser.open(authorizationURL(single.issuer)), RIGHT)
  const second = await browser.open(authorizationURL(single.issuer))
  expect(second.text).toContain('id="submit-login"')
})

describe('what is wrong with a request is told to the client by a redirect', () => {
  test.each<[string, Record<string, string | undefined>, string, RegExp]>([
    ['no response type', { response_type: undefined }, 'invalid_request', /response_type/],
    ['the implicit flow', { response_type: 'id_token' }, 'unsupported_response_type', /./],
    ['no scope', { scope: undefined }, 'invalid_scope', /Missing required scope\(s\) \["openid"\]\./],
    ['no openid', { scope: 'email' }, 'invalid_scope', /Missing required scope/],
    ['an unknown scope', { scope: 'openid phone' }, 'invalid_scope', /Unrecognized scope\(s\) \["phone"\]/],
    [
      'an audience that does not trust the client',
      {
        client_id: CLI.id,
        redirect_uri: 'http://localhost/',
        scope: 'openid audience:server:client_id:console',
      },
      'invalid_scope',
      /Client can't request scope/,
    ],
    ['a request object', { request: 'x.y.z' }, 'request_not_supported', /^/],
    [
      'another PKCE method',
      { code_challenge: 'v'.repeat(43), code_challenge_method: 'S512' },
      'invalid_request',
      /code_challenge_method/,
    ],
    ['prompt=none', { prompt: 'none' }, 'login_required', /./],
  ])('%s', async (_, changes, error, description) => {
    const { status, url } = await single.browser().open(authorizationURL(single.issuer, changes))
    const back = new URL(url)
    expect({ status, origin: back.origin }).toEqual({
      status: 0,
      origin: changes['redirect_uri'] ? 'http://localhost' : 'https://console.example.com',
    })
    expect(back.searchParams.get('error')).toBe(error)
    expect(back.searchParams.get('error_description') ?? '').toMatch(description)
    expect(back.searchParams.get('state')).toBe('a state')
    expect(['code', 'iss', 'scope'].filter((name) => back.searchParams.has(name))).toEqual([])
  })
})

describe('the approval page', () => {
  const toApproval = async (changes: Record<string, string> = {}) => {
    const browser = double.browser()
    const form = await browser.open(authorizationURL(double.issuer, { connector_id: 'local', ...changes }))
    return { browser, page: await browser.submit(form, RIGHT) }
  }

  test('names the client and what it asks for', async () => {
    const { page } = await toApproval({ scope: 'openid email offline_access' })
    expect(page.url).toMatch(/\/dex\/approval\?req=[\w-]+&hmac=[\w-]+$/)
    expect(page.text).toContain('Console would like to:')
    const items = [...page.text.matchAll(/<li>([^<]*)<\/li>/g)].map(([, text]) => text)
    expect(items).toEqual(['View your email address', 'Have offline access'])
  })

  test('gives a code when approved, once', async () => {
    const { browser, page } = await toApproval()
    const back = await browser.submit(page, {})
    const code = new URL(back.url).searchParams.get('code')!
    expect((await requestTokens(double, forCode(code))).status).toBe(200)
    expect((await browser.submit(page, {})).status).toBe(400)
  })

  test('gives access_denied when cancelled', async () => {
    const { browser, page } = await toApproval()
    const back = new URL((await browser.submit(page, {}, { index: 1 })).url)
    expect(Object.fromEntries(back.searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'Approval rejected.',
      state: 'a state',
    })
  })

  test('is shown where it is skipped when the client insists', async () => {
    const browser = single.browser()
    const form = await browser.open(authorizationURL(single.issuer, { approval_prompt: 'force' }))
    expect((await browser.submit(form, RIGHT)).text).toContain('Grant access')
  })

  test('is not there before the login', async () => {
    const browser = double.browser()
    const { page } = await toApproval()
    const hmac = new URL(page.url).searchParams.get('hmac')
    const form = await browser.open(authorizationURL(double.issuer, { connector_id: 'local' }))
    const id = new URL(form.url).searchParams.get('state')
    expect((await browser.open(`${double.issuer}/approval?req=${id}&hmac=${hmac}`)).status).toBe(401)
  })
})

test('the mock connector logs in as Kilgore Trout', async () => {
  const browser = double.browser()
  const approval = await browser.open(authorizationURL(double.issuer, { connector_id: 'mock' }))
  expect(approval.url).toContain('/dex/approval')
  const back = new URL((await browser.submit(approval, {})).url)
  const { body } = await requestTokens(double, forCode(back.searchParams.get('code')!))
  expect(decodeJwt(body['id_token']!)).toMatchObject({
    sub: 'Cg0wLTM4NS0yODA4OS0wEgRtb2Nr',
    email: 'kilgore@kilgore.trout',
    email_verified: true,
    groups: ['authors'],
    name: 'Kilgore Trout',
  })
})

test('the callback of one connector is no login with another', async () => {
  const browser = double.browser()
  const form = await browser.open(authorizationURL(double.issuer, { connector_id: 'local' }))
  const id = new URL(form.url).searchParams.get('state')
  for (const path of ['/callback', '/callback/mock', '/callback/local']) {
    expect((await browser.open(`${double.issuer}${path}?state=${id}`)).status).toBe(400)
  }
})

test('every page has a language, a title, a main part, one heading and our style sheet', async () => {
  const browser = double.browser()
  const pages = [
    await browser.open(authorizationURL(double.issuer)),
    await browser.open(authorizationURL(double.issuer, { connector_id: 'local' })),
    await browser.open(authorizationURL(double.issuer, { connector_id: 'mock' })),
    await browser.open(`${double.issuer}/nowhere`),
  ]
  for (const { text, url } of pages) {
    expect.soft(text, url).toMatch(/<html lang="en">/)
    expect.soft(text, url).toMatch(/<title>[^<]+<\/title>/)
    expect.soft(text.match(/<main /g), url).toHaveLength(1)
    expect.soft(text.match(/<h1>/g), url).toHaveLength(1)
    expect.soft(text, url).not.toMatch(/<script|\son\w+=|style="|<style|tabindex/)
    const css = await browser.open(new URL(/href="([^"]*\.css)"/.exec(text)![1]!, url).href)
    expect.soft(css.headers.get('content-type')).toBe('text/css; charset=utf-8')
    expect.soft(css.text).toContain('color-scheme: light dark')
  }
})
