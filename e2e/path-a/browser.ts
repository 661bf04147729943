import { once } from 'node:events'
import { connect } from 'node:tls'
import { type Chromium, type ChromiumOptions, startChromium } from '@gatehouse/browser'
import type { TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import type { Site } from '@gatehouse/e2e-path-b/site'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'

type BrowserOptions = Pick<ChromiumOptions, 'pinned' | 'hosts'>

/** A Chromium that trusts the stack's authority, and the ways of a person in it. */
export interface TestBrowser extends AsyncDisposable {
  /** A tab of a browser that nobody has used before. */
  readonly newPage: (options?: BrowserContextOptions) => Promise<Page>
  /** Opens `path` of the console as somebody who has to log in first, and resolves on that very page. */
  readonly logIn: (page: Page, email: string, path?: string) => Promise<void>
}

export async function openBrowser(site: Site, options: BrowserOptions = {}): Promise<TestBrowser> {
  const { urls, authority, passwordOf } = site
  const chromium: Chromium = await startChromium({
    ...options,
    authorities: [authority],
    servers: await certificatesOf(urls.console, authority),
  })
  return {
    async newPage(context) {
      const opened = await chromium.browser.newContext({
        viewport: { width: 1280, height: 800 },
        ...context,
      })
      // Playwright's own 30 s are not enough where a machine runs several stacks at once.
      opened.setDefaultTimeout(60_000)
      return opened.newPage()
    },
    async logIn(page, email, path = '/') {
      await page.goto(`${urls.console}${path}`)
      await submitLogin(page, email, await passwordOf(email))
      await page.waitForURL((url) => url.href === `${urls.console}${path}`)
      await page.locator('main [data-page]').first().waitFor()
    },
    [Symbol.asyncDispose]: () => chromium[Symbol.asyncDispose](),
  }
}

export const consoleOf = ({ status }: TestStack): string => status.urls['console']!

/** Chooses the connector of dex's own users, fills in the form and sends it. */
export async function submitLogin(page: Page, email: string, password: string): Promise<void> {
  await page.locator('a.dex-btn-provider').first().click()
  await page.locator('#login').fill(email)
  await page.locator('#password').fill(password)
  await page.locator('#submit-login').click()
}

/** Waits until the page knows what to offer. */
export async function settled(page: Page): Promise<void> {
  await page.locator('nav[data-pending=false]').waitFor()
  await expect.poll(() => page.locator('[data-pending=true]').count()).toBe(0)
}

/**
 * Goes to `path` of the open console as a link of it does, and resolves when the page there is drawn. Loading the console
 * anew takes a browser five times as long.
 */
export async function follow(page: Page, path: string): Promise<void> {
  // The router is where its library puts it for its own tools.
  await page.evaluate(`new Promise((resolve) => {
    const done = __TSR_ROUTER__.subscribe('onRendered', () => (done(), resolve()))
    __TSR_ROUTER__.history.push(${JSON.stringify(path)})
  })`)
}

/** Lets the machine prefer light or dark, which the open page follows, and resolves when all has its colour. */
export async function prefer(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme })
  const dark = '.pf-v6-theme-dark'
  await page.locator(colorScheme === 'dark' ? `html${dark}` : `html:not(${dark})`).waitFor()
  await page.evaluate('Promise.allSettled(document.getAnimations().map(({ finished }) => finished))')
}

/** The values that an attribute has on the page, sorted. */
export async function attributesOf(page: Page, name: string): Promise<string[]> {
  const found = await page.locator(`[${name}]`).all()
  const values = await Promise.all(found.map((one) => one.getAttribute(name)))
  return values.map(String).toSorted()
}

/** What the gateway shows for each of its hosts, for a machine on which Chromium takes no authority. */
async function certificatesOf(console: string, ca: string): Promise<string[]> {
  const { port, hostname } = new URL(console)
  const hosts = ['console', 'dex', 'configurations-generator', 'apiserver'].map((service) =>
    hostname.replace(/^console/, service),
  )
  return Promise.all(
    hosts.map(async (servername) => {
      const socket = connect({ host: '127.0.0.1', port: Number(port), servername, ca })
      await once(socket, 'secureConnect')
      const certificate = socket.getPeerX509Certificate()!.toString()
      socket.destroy()
      return certificate
    }),
  )
}

/** What the tab holds: sessionStorage, localStorage and the cookies that scripts can read. */
export const storageOf = (page: Page) =>
  page.evaluate<{ session: Record<string, string>; local: Record<string, string>; cookies: string }>(
    '({ session: { ...sessionStorage }, local: { ...localStorage }, cookies: document.cookie })',
  )

/** The ID token of whoever is logged in. */
export async function tokenOf(page: Page): Promise<string> {
  const { session } = await storageOf(page)
  const users = Object.entries(session).filter(([key]) => key.startsWith('gatehouse.user:'))
  if (users.length !== 1) throw new Error(`the tab holds ${users.length} users`)
  return (JSON.parse(users[0]![1]) as { id_token: string }).id_token
}
