import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalConnector } from '../src/connectors/local.ts'
import { createUsers } from '../src/connectors/users.ts'
import {
  ADMIN,
  authorizationURL,
  CONSOLE,
  forCode,
  forRefresh,
  getCode,
  requestTokens,
  startTestDex,
  type TestDex,
} from './test-dex.ts'

const RIGHT = { login: ADMIN.email, password: 'password' }
const EVIL = `"'><script>alert(1)</script>`

let dex: TestDex
beforeAll(async () => {
  dex = await startTestDex({
    connectors: [{ type: 'mockCallback', id: 'mock', name: 'Example' }],
    staticClients: [{ ...CONSOLE, name: `Console ${EVIL}` }],
    oauth2: {},
  })
})
afterAll(() => dex[Symbol.asyncDispose]())

const toForm = (browser: ReturnType<TestDex['browser']>, changes: Record<string, string> = {}) =>
  browser.open(authorizationURL(dex.issuer, { connector_id: 'local', ...changes }))

describe('a request that can’t be trusted never leads away', () => {
  test.each<[string, Record<string, string | undefined>, number]>([
    ['an unknown client', { client_id: 'nobody' }, 404],
    ['no client', { client_id: undefined }, 400],
    ['no redirect URI', { redirect_uri: undefined }, 400],
    ['a redirect URI of somebody else', { redirect_uri: 'https://evil.example/' }, 400],
    ['a redirect URI that begins right', { redirect_uri: `${CONSOLE.redirectURIs[0]}/../evil` }, 400],
    ['a redirect URI with more of a query', { redirect_uri: `${CONSOLE.redirectURIs[0]}?x=y` }, 400],
    ['a redirect URI of a public client', { redirect_uri: 'http://localhost:8000/' }, 400],
    ['a script', { redirect_uri: 'javascript:alert(1)' }, 400],
    ['a relative redirect URI', { redirect_uri: '//evil.example' }, 400],
    // The first thing that is wrong must not make the redirect URI good.
    [
      'two faults at once',
      { redirect_uri: 'https://evil.example/', scope: 'nonsense', response_type: 'x' },
      400,
    ],
  ])('%s', async (_, changes, status) => {
    const answer = await dex
      .browser()
      .open(authorizationURL(dex.issuer, { connector_id: 'local', ...changes }))
    expect(answer.status).toBe(status)
    expect(answer.headers.get('location')).toBeNull()
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  })

  test('a parameter that stands twice', async () => {
    const url = `${authorizationURL(dex.issuer, { connector_id: 'local' })}&redirect_uri=https%3A%2F%2Fevil.example%2F`
    const answer = await dex.browser().open(url)
    expect(answer.status).toBe(400)
  })

  test.each([
    '/auth//evil.example/',
    '//evil.example/auth',
    '/auth/local/login?state=x&back=https://evil.example',
    '/callback?state=x&redirect_uri=https://evil.example',
    '/authorization/x',
    '/authorization?client_id=console',
  ])('%s', async (path) => {
    const answer = await dex.browser().open(dex.issuer + path)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.text).not.toContain('evil.example')
  })
})

describe('what comes from outside is text in every page', () => {
  test.each<[string, string]>([
    [
      'the chooser',
      `/auth?client_id=${encodeURIComponent(EVIL)}&state=${encodeURIComponent(EVIL)}&${encodeURIComponent(EVIL)}=x`,
    ],
    ['an unknown client', `/auth/local?client_id=${encodeURIComponent(EVIL)}`],
    [
      'an unregistered redirect URI',
      `/auth/local?client_id=console&response_type=code&redirect_uri=${encodeURIComponent(`https://x/${EVIL}`)}`,
    ],
    ['an unknown connector', `/auth/${encodeURIComponent(EVIL)}?client_id=console`],
    ['an unknown path', `/${encodeURIComponent(EVIL)}`],
    [
      'an unknown request',
      `/auth/local/login?state=${encodeURIComponent(EVIL)}&back=${encodeURIComponent(EVIL)}`,
    ],
    ['an approval', `/approval?req=${encodeURIComponent(EVIL)}&hmac=${encodeURIComponent(EVIL)}`],
  ])('%s', async (_, path) => {
    const { text } = await dex.browser().open(dex.issuer + path)
    expect(text).not.toContain('<script')
    expect(text).toContain('</main>')
  })

  test('the login page: state, scope and what was typed', async () => {
    const browser = dex.browser()
    const form = await toForm(browser, { state: EVIL, nonce: EVIL })
    const again = await browser.submit(form, { login: EVIL, password: EVIL })
    expect(again.status).toBe(401)
    for (const { text } of [form, again]) expect(text).not.toContain('<script')
    expect(again.text).toContain('value="&quot;&#39;&gt;&lt;script&gt;')
  })

  test('the approval page: the name of the client', async () => {
    const browser = dex.browser()
    const { text } = await browser.submit(await toForm(browser), RIGHT)
    expect(text).toContain('Console &quot;&#39;&gt;&lt;script&gt;')
    expect(text).not.toContain('<script')
  })
})

test('every answer forbids scripts, frames and sniffing', async () => {
  const paths = [
    '/auth',
    '/auth/local',
    '/auth/local/login',
    '/approval',
    '/nowhere',
    '/keys',
    '/theme/styles.css',
    '/userinfo',
  ]
  for (const path of paths) {
    const { headers } = await dex.fetch(dex.issuer + path)
    const policy = headers.get('content-security-policy')
    expect.soft(policy, path).toMatch(/^default-src 'none'; style-src 'self'; form-action 'self'/)
    expect.soft(policy, path).toContain("frame-ancestors 'none'")
    expect.soft(policy, path).not.toContain('unsafe')
    expect.soft(headers.get('x-frame-options'), path).toBe('DENY')
    expect.soft(headers.get('x-content-type-options'), path).toBe('nosniff')
  }
})

test('pages and redirects of a login are not cached', async () => {
  const browser = dex.browser()
  const form = await toForm(browser)
  const approval = await browser.submit(form, RIGHT)
  const back = await browser.submit(approval, {})
  for (const { headers } of [form, approval, back]) expect(headers.get('cache-control')).toBe('no-store')
})

describe('cookies', () => {
  test('are HttpOnly, SameSite=Lax and Secure, and there is one', async () => {
    const browser = dex.browser()
    const back = await browser.submit(await browser.submit(await toForm(browser), RIGHT), {})
    expect(back.url).toContain('code=')
    expect(browser.setCookies).toHaveLength(1)
    expect(browser.setCookies[0]).toMatch(
      /^__Host-dex-browser=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    )
  })

  test('are kept over logins, and replaced when they are not ours', async () => {
    const browser = dex.browser()
    await toForm(browser)
    await toForm(browser)
    expect(browser.setCookies).toHaveLength(1)
    browser.cookies.set('__Host-dex-browser', 'short')
    await toForm(browser)
    expect(browser.setCookies).toHaveLength(2)
  })
})

describe('a login goes on only in the browser that began it', () => {
  test('its page and its form are nothing to others', async () => {
    const [victim, attacker] = [dex.browser(), dex.browser()]
    const form = await toForm(attacker)
    expect((await victim.open(form.url)).status).toBe(400)
    await toForm(victim)
    const forced = await victim.submit(form, RIGHT)
    expect(forced.status).toBe(400)
    expect((await attacker.submit(form, RIGHT)).url).toContain('/approval')
  })

  test('its approval is nothing to others', async () => {
    const [victim, attacker] = [dex.browser(), dex.browser()]
    const page = await attacker.submit(await toForm(attacker), RIGHT)
    await toForm(victim)
    expect((await victim.open(page.url)).status).toBe(400)
    expect((await victim.submit(page, {})).status).toBe(400)
    expect((await attacker.submit(page, {})).url).toContain('code=')
  })

  test('its approval needs the hmac of the page', async () => {
    const browser = dex.browser()
    const page = await browser.submit(await toForm(browser), RIGHT)
    for (const hmac of ['', 'x'.repeat(43)]) {
      const url = new URL(page.url)
      url.searchParams.set('hmac', hmac)
      expect((await browser.open(url.href)).status).toBe(401)
      const post = { method: 'POST', body: 'approval=approve' }
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      expect((await browser.open(url.href, { ...post, headers })).status).toBe(401)
    }
  })

  test.each(['cross-site', 'same-site'])('a form that a %s page sent is refused', async (site) => {
    const browser = dex.browser()
    const headers = { 'sec-fetch-site': site }
    const form = await toForm(browser)
    expect((await browser.submit(form, RIGHT, { headers })).status).toBe(403)
    const page = await browser.submit(form, RIGHT, { headers: { 'sec-fetch-site': 'same-origin' } })
    expect((await browser.submit(page, {}, { headers })).status).toBe(403)
    expect((await browser.submit(page, {})).url).toContain('code=')
  })

  test('a second cookie of the same name, set by a sibling host, does not pass for ours', async () => {
    const browser = dex.browser()
    const form = await toForm(browser)
    const cookie = [...browser.cookies].map(
      ([name, value]) => `${name}=${value}; ${name}=${'x'.repeat(43)}`,
    )[0]!
    const response = await dex.fetch(form.url, { headers: { cookie } })
    expect(response.status).toBe(400)
  })
})

test('one login gives one code, however many send the form at once', async () => {
  await using own = await startTestDex()
  const browser = own.browser()
  const form = await browser.open(authorizationURL(own.issuer))
  const answers = await Promise.all(Array.from({ length: 4 }, () => browser.submit(form, RIGHT)))
  expect(answers.filter(({ url }) => url.includes('code='))).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 400)).toHaveLength(3)
})

describe('guessing passwords', () => {
  test('is slowed, does not tell whether the password was right, and leaves others alone', async () => {
    await using own = await startTestDex({
      staticPasswords: [ADMIN, { ...ADMIN, email: 'other@example.com', userID: '2' }],
    })
    const browser = own.browser()
    const form = await browser.open(authorizationURL(own.issuer))
    const guesses = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        browser.submit(form, { ...RIGHT, password: `wrong ${index}` }),
      ),
    )
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(5)
    const slowed = guesses.filter(({ status }) => status === 429)
    expect(slowed).toHaveLength(7)
    expect(Number(slowed[0]!.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(slowed[0]!.text).toMatch(/id="login-error"[^>]*>Too many attempts\. Try again in \d+ seconds\./)
    expect((await browser.submit(form, RIGHT)).status).toBe(429)
    expect((await browser.submit(form, { ...RIGHT, login: 'other@example.com' })).url).toContain('code=')
  })

  test('from elsewhere does not lock out the owner, as seen behind a trusted proxy', async () => {
    await using own = await startTestDex({ web: { clientRemoteIP: { trustedProxies: ['127.0.0.1'] } } })
    const browser = own.browser()
    const form = await browser.open(authorizationURL(own.issuer))
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
    for (let attempt = 0; attempt < 7; attempt += 1) {
      await browser.submit(form, { ...RIGHT, password: 'wrong' }, from('192.0.2.66'))
    }
    expect((await browser.submit(form, RIGHT, from('192.0.2.66'))).status).toBe(429)
    expect((await browser.submit(form, RIGHT, from('192.0.2.1'))).url).toContain('code=')
  })

  test('takes as long for a user who is not there as for one who is', async () => {
    const connector = createLocalConnector(
      createUsers([{ ...ADMIN, hash: ADMIN.hash.replace('$10$', '$12$'), emailVerified: true }]),
    )
    const fastest = async (login: string) => {
      const times: number[] = []
      for (let sample = 0; sample < 3; sample += 1) {
        // The work, which a busy machine does not make longer.
        const began = process.threadCpuUsage()
        expect(await connector.login(login, 'wrong')).toBeUndefined()
        times.push(process.threadCpuUsage(began).user)
      }
      return Math.min(...times)
    }
    const [known, unknown] = [await fastest(ADMIN.email), await fastest('nobody@example.com')]
    expect(unknown / known).toBeGreaterThan(0.6)
    expect(unknown / known).toBeLessThan(1.6)
  })

  test('an empty password is wrong', async () => {
    const connector = createLocalConnector(createUsers([{ ...ADMIN, emailVerified: true }]))
    expect(await connector.login(ADMIN.email, '')).toBeUndefined()
    expect(await connector.login('', '')).toBeUndefined()
  })
})

test('no log line holds a password, a code, a token, a cookie or a secret', async () => {
  await using own = await startTestDex()
  const browser = own.browser()
  const form = await browser.open(authorizationURL(own.issuer, { scope: 'openid email offline_access' }))
  // A password typed into the wrong field is a password.
  await browser.submit(form, { login: 'typed-in-the-wrong-field', password: 'wrong-password' })
  const back = await browser.submit(form, RIGHT)
  const code = new URL(back.url).searchParams.get('code')!
  const first = await requestTokens(own, forCode(code))
  const second = await requestTokens(own, forRefresh(first.body['refresh_token']))
  await requestTokens(own, forRefresh(first.body['refresh_token']))
  await requestTokens(own, forCode(code, { client_secret: 'wrong-secret' }))
  await own.fetch(`${own.issuer}/userinfo`, {
    headers: { authorization: `Bearer ${second.body['access_token']}` },
  })
  await expect.poll(own.log).toContain('"route":"userinfo"')
  const secrets = [
    'typed-in-the-wrong-field',
    'wrong-password',
    'wrong-secret',
    CONSOLE.secret,
    code,
    ...browser.cookies.values(),
    ...[first, second].flatMap(({ body }) => [body['access_token'], body['id_token'], body['refresh_token']]),
    new URL(form.url).searchParams.get('state'),
    ADMIN.hash,
  ]
  expect(own.log()).toContain('login successful')
  expect(own.log()).toContain('login failed')
  for (const secret of secrets) {
    expect(secret).toBeTruthy()
    expect(own.log()).not.toContain(secret)
  }
})

test('a code of a login is not one of the next', async () => {
  await using own = await startTestDex()
  expect(await getCode(own)).not.toBe(await getCode(own))
})
