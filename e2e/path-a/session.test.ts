import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectDexTestPowers, type DexTestPowers } from '@gatehouse/testkit'
import type { Page, Request } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { consoleOf, storageOf, submitLogin, tokenOf } from './browser.ts'
import { usePathA } from './use-path-a.ts'

const ADMIN = 'admin@kyma.cx'
const VIEWER = 'read-only-user@kyma.cx'
/** Long enough for a slow machine to log in, short enough to wait for its end. */
const LIFETIME_SECONDS = 40
const LIFETIME_MS = LIFETIME_SECONDS * 1000

const pathA = usePathA({ identity: { testPowers: true, idTokenLifetime: `${LIFETIME_SECONDS}s` } })
let dex: DexTestPowers
beforeAll(async () => {
  dex = await connectDexTestPowers({
    url: pathA.stack.status.urls['dex-test-powers']!,
    secretFile: join(pathA.stack.directory, 'default/dex-test-powers.secret'),
    certificateAuthority: await readFile(pathA.stack.status.certificateAuthorityFile, 'utf8'),
  })
})
afterEach(() => dex.clearFaults())
afterAll(async () => {
  await dex?.[Symbol.asyncDispose]()
})

const pageOf = (page: Page, name: string) => page.locator(`[data-page=${name}]`)
const button = (page: Page, name: string) => page.getByRole('button', { name })
const urlOf = (path: string) => `${consoleOf(pathA.stack)}${path}`

/** How often the browser was sent to dex. */
function countLogins(page: Page): () => number {
  const asked: Request[] = []
  page.on('request', (request) => {
    if (request.isNavigationRequest() && new URL(request.url()).pathname === '/auth') asked.push(request)
  })
  return () => asked.length
}

/** Puts another token into the session that the tab holds, as if dex had given it. */
async function replaceToken(page: Page, token: string): Promise<void> {
  const { session } = await storageOf(page)
  const [key, value] = Object.entries(session).find(([name]) => name.startsWith('gatehouse.user:'))!
  const user = { ...(JSON.parse(value) as object), id_token: token }
  await page.evaluate(([name, text]) => sessionStorage.setItem(name!, text!), [key, JSON.stringify(user)])
}

test('a deep link survives the login, query and all', async () => {
  const page = await pathA.browser.newPage()
  const path = '/resources/apps/v1/deployments/demo/hello?namespace=demo'
  await pathA.browser.logIn(page, ADMIN, path)
  await page.getByRole('heading', { name: 'Deployment hello' }).waitFor()
  expect(page.url()).toBe(urlOf(path))
  await page.context().close()
})

test('the token is renewed before it ends, and nobody notices', async () => {
  const page = await pathA.browser.newPage()
  await pathA.browser.logIn(page, ADMIN, '/resources/core/v1/configmaps')
  const logins = countLogins(page)
  const first = await tokenOf(page)
  await expect.poll(() => tokenOf(page), { timeout: LIFETIME_MS }).not.toBe(first)
  await page.locator('[data-phase=live]').waitFor()
  expect(logins()).toBe(0)
  await page.context().close()
})

test('a token that can not be renewed is told of in time, ends on a page with a button, and not in a loop', async () => {
  const page = await pathA.browser.newPage()
  await pathA.browser.logIn(page, ADMIN, '/resources/core/v1/configmaps?namespace=demo')
  const logins = countLogins(page)
  await dex.addFault({ endpoint: 'token', status: 503 })
  await pageOf(page, 'renewal-problem').waitFor({ timeout: LIFETIME_MS })
  await pageOf(page, 'expired').waitFor({ timeout: LIFETIME_MS })
  expect(JSON.stringify(await storageOf(page))).not.toContain('id_token')
  expect(logins()).toBe(0)

  await dex.clearFaults()
  await button(page, 'Log in again').click()
  await submitLogin(page, ADMIN, await pathA.site.passwordOf(ADMIN))
  await page.locator('[data-phase=live]').waitFor()
  expect(page.url()).toBe(urlOf('/resources/core/v1/configmaps?namespace=demo'))
  expect(logins()).toBe(1)
  await page.context().close()
})

test.each(['wrongAudience', 'unknownKey', 'expired'] as const)(
  'a token that the API refuses (%s) ends on a page with a button, and not in a loop',
  async (fault) => {
    const page = await pathA.browser.newPage()
    await pathA.browser.logIn(page, ADMIN)
    const logins = countLogins(page)
    await replaceToken(page, (await dex.mintToken({ user: ADMIN, fault })).token)
    await page.reload()
    await pageOf(page, 'refused').waitFor()
    expect(logins()).toBe(0)
    await button(page, 'Log in again').click()
    await submitLogin(page, ADMIN, await pathA.site.passwordOf(ADMIN))
    await pageOf(page, 'overview').waitFor()
    expect(logins()).toBe(1)
    await page.context().close()
  },
)

test('what answers 401 to the download is never saved', async () => {
  const page = await pathA.browser.newPage()
  await pathA.browser.logIn(page, ADMIN, '/administration')
  const downloads: unknown[] = []
  page.on('download', (download) => downloads.push(download))
  // The real generator answers, to a request that lost its token on the way.
  await page.route('**/kube-config*', async (route) => {
    const { authorization: _lost, ...headers } = await route.request().allHeaders()
    await route.continue({ headers })
  })
  await button(page, 'Download config').click()
  await pageOf(page, 'refused').waitFor()
  expect(downloads).toEqual([])
  await page.context().close()
})

test.each([
  ['a refusal of dex', '/signed-in?error=access_denied&error_description=no&state=unknown'],
  ['a code that nobody here asked for', '/signed-in?code=stolen&state=forged'],
  ['nothing at all', '/signed-in'],
])('a way back from dex with %s is a page with a button', async (_, path) => {
  const page = await pathA.browser.newPage()
  const logins = countLogins(page)
  await page.goto(urlOf(path))
  await pageOf(page, 'login-failed').waitFor()
  expect(page.url()).toBe(urlOf('/'))
  expect(logins()).toBe(0)
  expect(Object.keys((await storageOf(page)).session)).toEqual([])
  await page.context().close()
})

test('while dex does not answer, a page says so; afterwards its button leads to the login', async () => {
  const page = await pathA.browser.newPage()
  await dex.addFault({ endpoint: 'discovery', status: 503 })
  await page.goto(urlOf('/'))
  await pageOf(page, 'issuer-unavailable').waitFor()
  await dex.clearFaults()
  await button(page, 'Try again').click()
  await expect.poll(() => page.locator('a.dex-btn-provider').count()).toBeGreaterThan(0)
  await page.context().close()
})

test('two tabs are two sessions: each is somebody, and one that ends leaves the other alone', async () => {
  const first = await pathA.browser.newPage()
  await pathA.browser.logIn(first, ADMIN)
  const second = await first.context().newPage()
  await pathA.browser.logIn(second, VIEWER)
  for (const [page, email] of [
    [first, ADMIN],
    [second, VIEWER],
  ] as const) {
    await page.reload()
    await expect.poll(() => page.getByRole('button', { name: 'User menu' }).allInnerTexts()).toEqual([email])
  }
  await logOut(second)
  await first.goto(urlOf('/resources/core/v1/configmaps'))
  await first.locator('[data-phase=live]').waitFor()
  await first.context().close()
})

test('logging out ends the session here and at dex, and the token travels in no address', async () => {
  const page = await pathA.browser.newPage()
  const addresses: string[] = []
  page.on('request', (request) => addresses.push(request.url()))
  await pathA.browser.logIn(page, ADMIN)
  const token = await tokenOf(page)
  await logOut(page)
  expect((await storageOf(page)).session).toEqual({})
  expect(addresses.filter((address) => address.includes(token.slice(0, 30)))).toEqual([])
  expect(addresses.some((address) => address.startsWith(`${pathA.stack.status.issuer}/logout`))).toBe(true)
  await button(page, 'Log in').click()
  await page.locator('a.dex-btn-provider').first().waitFor()
  await page.context().close()
})

test('where dex has no part in a logout, the tab forgets the token and says so', async () => {
  const page = await pathA.browser.newPage()
  await pathA.browser.logIn(page, ADMIN)
  await dex.addFault({ endpoint: 'discovery', status: 503 })
  await page.reload()
  await page.getByRole('button', { name: 'User menu' }).click()
  await page.getByRole('menuitem', { name: 'Log out' }).click()
  await pageOf(page, 'signed-out').waitFor()
  expect(await pageOf(page, 'signed-out').innerText()).toContain('logged out of this tab alone')
  expect((await storageOf(page)).session).toEqual({})
  await page.context().close()
})

async function logOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'User menu' }).click()
  await page.getByRole('menuitem', { name: 'Log out' }).click()
  // dex asks, since nothing proves to it who wants to log out.
  await page.getByRole('button', { name: /log out/i }).click()
  await pageOf(page, 'signed-out').waitFor()
}

test('the token, the refresh token and the code are in no log of the stack', async () => {
  const page = await pathA.browser.newPage()
  const codes: string[] = []
  page.on('request', (request) => {
    const code = new URL(request.url()).searchParams.get('code')
    if (code !== null) codes.push(code)
  })
  await pathA.browser.logIn(page, ADMIN, '/resources/core/v1/pods')
  await page.locator('[data-phase=live]').waitFor()
  const { session, local, cookies } = await storageOf(page)
  const user = JSON.parse(Object.values(session).find((text) => text.includes('id_token'))!) as {
    id_token: string
    refresh_token: string
  }
  const secrets = [user.id_token, user.refresh_token, ...codes]
  expect(secrets.every((secret) => secret.length > 20)).toBe(true)
  expect(codes.length).toBeGreaterThan(0)
  for (const service of ['console', 'dex', 'ingress-gateway', 'apiserver-proxy', 'kubeconfig-generator']) {
    const log = await readFile(join(pathA.stack.directory, 'default/logs', `${service}.log`), 'utf8')
    expect(log).not.toBe('')
    for (const secret of secrets) expect(log.includes(secret), `${service} logged a secret`).toBe(false)
  }
  for (const secret of secrets) expect(JSON.stringify(local) + cookies).not.toContain(secret)
  await page.context().close()
})
