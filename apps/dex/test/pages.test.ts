import { mkdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { type Chromium, startChromium } from '@gatehouse/browser'
import { closeGracefully, listen } from '@gatehouse/server'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PoweredDex, startPoweredDex } from './powers.ts'
import { ADMIN, authorizationURL, CONSOLE, startTestDex, type TestDex } from './test-dex.ts'

const CONNECTORS = [
  { type: 'github', id: 'github', name: 'GitHub' },
  { type: 'ldap', id: 'ldap', name: 'LDAP' },
  { type: 'mockCallback', id: 'mock', name: 'Example' },
]
const NARROW = { width: 320, height: 640 }
/** Where pictures of the pages go, for who wants to look at them. */
const PICTURES = process.env['PAGE_PICTURES']

/** A client: whatever is asked of it is a page, and one shows the login in a frame. */
const server = createServer((request, response) => {
  const frame = request.url === '/frame' ? `<iframe src="${begin(asking.issuer)}"></iframe>` : ''
  response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>Client</title>${frame}`)
})
let client: string
let powered: PoweredDex
let asking: TestDex
let chromium: Chromium
beforeAll(async () => {
  client = `http://${await listen(server, { host: '127.0.0.1', port: 0 })}`
  const staticClients = [{ ...CONSOLE, redirectURIs: [`${client}/callback`] }]
  powered = await startPoweredDex({ connectors: CONNECTORS, staticClients })
  asking = await startTestDex({ oauth2: { skipApprovalScreen: false }, staticClients })
  // One browser for both: each dex has an authority of its own.
  const both = [powered.dex, asking]
  chromium = await startChromium({
    authorities: both.map(({ certificateAuthority }) => certificateAuthority),
    servers: await Promise.all(both.map(({ directory }) => readFile(join(directory, 'dex.crt'), 'utf8'))),
  })
})
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]()
  await asking?.[Symbol.asyncDispose]()
  await powered?.[Symbol.asyncDispose]()
  await closeGracefully(server, 0)
})

/** The URL of an authorization request of that client. */
function begin(issuer: string, changes: Record<string, string> = {}): string {
  return authorizationURL(issuer, { redirect_uri: `${client}/callback`, ...changes })
}

interface Opened extends AsyncDisposable {
  readonly page: Page
  readonly context: BrowserContext
  /** What the browser complained about: the policy that was broken, a style sheet that was not there… */
  readonly complaints: string[]
}

async function open(url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await chromium.browser.newContext({ viewport: { width: 1100, height: 900 }, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 4')) complaints.push(message.text())
  })
  await page.goto(url)
  return { page, context, complaints, [Symbol.asyncDispose]: () => context.close() }
}

async function showTiles(context: BrowserContext): Promise<void> {
  const { body } = await powered.use('POST', '/user-tiles', {})
  const page = await context.newPage()
  await page.goto(String(body['url']))
  await page.close()
}

async function logInOn(page: Page, password = 'password'): Promise<void> {
  await page.fill('#login', ADMIN.email)
  await page.fill('#password', password)
  await page.click('#submit-login')
}

/** Every page, by how to get there. */
const PAGES: Record<string, (options?: BrowserContextOptions) => Promise<Opened>> = {
  chooser: (options) => open(begin(powered.dex.issuer), options),
  async tiles(options) {
    const opened = await open(begin(powered.dex.issuer), options)
    await powered.use('PATCH', `/users/${ADMIN.email}`, {
      groups: ['admins', 'everybody', 'c', 'd', 'e', 'f'],
    })
    await powered.use('POST', '/users', {
      email: 'developer@example.com',
      name: 'Dev Eloper',
      groups: ['developers'],
    })
    await powered.use('POST', '/users', {
      email: 'nobody-in-particular.with-a-long-name@subdomain.example.com',
    })
    await showTiles(opened.context)
    await opened.page.reload()
    return opened
  },
  login: (options) => open(begin(asking.issuer), options),
  async refused(options) {
    const opened = await open(begin(asking.issuer), options)
    await logInOn(opened.page, 'wrong')
    await opened.page.waitForSelector('#login-error')
    return opened
  },
  async approval(options) {
    const opened = await open(begin(asking.issuer, { scope: 'openid email groups offline_access' }), options)
    await logInOn(opened.page)
    await opened.page.waitForSelector('text=Grant Access')
    return opened
  },
  persona: (options) => open(begin(powered.dex.issuer, { connector_id: 'github' }), options),
  device: (options) => open(`${asking.issuer}/device?user_code=ABCD-EFGH`, options),
  error: (options) => open(begin(asking.issuer, { client_id: 'unknown' }), options),
  async notice(options) {
    const { body } = await powered.use('POST', '/user-tiles', {})
    return open(String(body['url']), options)
  },
}

describe.each(Object.entries(PAGES))('the page %s', (name, visit) => {
  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { colorScheme: 'dark', viewport: NARROW }],
  ] as const)('is accessible and complete, %s', async (how, options) => {
    await using opened = await visit(options)
    const { page, complaints } = opened
    // Before anything else: what takes the picture writes into the page.
    const scripted = await page.locator('script, [style], style, [onclick]').count()
    expect(scripted).toBe(0)
    if (PICTURES) {
      await mkdir(PICTURES, { recursive: true })
      await page.screenshot({ path: join(PICTURES, `${name}-${how}.png`) })
    }
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
    // Nothing is cut off, and nobody must scroll sideways (WCAG 1.4.10).
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    expect(overflow).toBeLessThanOrEqual(0)
    // The style sheet is in force, in the colours that were asked for.
    const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    expect(background).toBe(how === 'light' ? 'rgb(244, 245, 248)' : 'rgb(15, 18, 23)')
    expect(complaints).toEqual([])
  })
})

test('a login needs no mouse: Tab, Enter and the letters', async () => {
  await using opened = await PAGES['chooser']!()
  const { page, complaints } = opened
  await page.keyboard.press('Tab')
  expect(await page.evaluate<string>('document.activeElement.textContent.trim()')).toBe('Log in with Email')
  const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineWidth')
  expect(outline).toBe('3px')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#login')
  // The first field has the focus already.
  await page.keyboard.type(ADMIN.email)
  await page.keyboard.press('Tab')
  await page.keyboard.type('password')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${client}/callback?**`)
  expect(new URL(page.url()).searchParams.get('code')).toBeTruthy()
  expect(complaints).toEqual([])
})

test('an approval needs no mouse', async () => {
  await using opened = await PAGES['approval']!()
  const { page, complaints } = opened
  await page.keyboard.press('Tab')
  expect(await page.evaluate<string>('document.activeElement.textContent.trim()')).toBe('Grant Access')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${client}/callback?**`)
  expect(complaints).toEqual([])
})

test('after a wrong password the field to type again has the focus, and the reason is tied to it', async () => {
  await using opened = await PAGES['refused']!()
  const focused = opened.page.locator(':focus')
  expect(await focused.getAttribute('id')).toBe('password')
  expect(await focused.getAttribute('aria-describedby')).toBe('login-error')
})

test('a user tile logs in with one click', async () => {
  await using opened = await PAGES['tiles']!()
  const { page, complaints } = opened
  await page.click('text=Dev Eloper')
  await page.waitForURL(`${client}/callback?**`)
  expect(new URL(page.url()).searchParams.get('code')).toBeTruthy()
  expect(complaints).toEqual([])
})

test('cookies are Secure, HttpOnly and SameSite', async () => {
  await using opened = await PAGES['tiles']!()
  const { page, context } = opened
  await page.click('text=Log in with Email')
  await page.waitForSelector('#login')
  const cookies = await context.cookies(powered.dex.issuer)
  expect(cookies.map(({ name }) => name).toSorted()).toEqual(['__Host-dex-browser', '__Host-dex-user-tiles'])
  for (const cookie of cookies) {
    expect.soft(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Lax' })
  }
  expect(await page.evaluate<string>('document.cookie')).toBe('')
})

test('a page is not shown in a frame', async () => {
  await using opened = await PAGES['login']!()
  const { page } = opened
  await page.goto(`${client}/frame`)
  const frame = () => page.frames().find((each) => each !== page.mainFrame())
  await expect.poll(() => frame()?.url()).toBe('chrome-error://chromewebdata/')
})

test('another certificate is not trusted by the browser of these tests', async () => {
  await using stranger = await startTestDex()
  await expect(open(`${stranger.issuer}/healthz`)).rejects.toThrow('ERR_CERT')
})
