import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Site } from '@gatehouse/e2e-path-b/site'
import { testSameVerdicts, type Verdicts } from '@gatehouse/e2e-path-b/verdicts'
import type { Page, Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  attributesOf,
  follow,
  openBrowser,
  settled,
  storageOf,
  submitLogin,
  type TestBrowser,
  tokenOf,
} from './browser.ts'
import { PEOPLE } from './people.ts'

/** Which of the cluster's two files each may have: roles in the project, apart from those in the cluster. */
const FILES: Readonly<Record<(typeof PEOPLE)[number], readonly string[]>> = {
  'admin@kyma.cx': ['adminkubeconfig', 'kubeconfig'],
  'read-only-user@kyma.cx': ['kubeconfig'],
  'namespace.admin@kyma.cx': ['kubeconfig'],
  'developer@kyma.cx': ['kubeconfig'],
  'no-rights-user@kyma.cx': [],
}

/** Pages whose offers are compared from place to place. */
const PAGES = [
  ['the deployment demo/hello', '/resources/apps/v1/deployments/demo/hello'],
  ['the secret workshop/hello', '/resources/core/v1/secrets/workshop/hello'],
  ['the namespace kube-system', '/resources/core/v1/namespaces/kube-system'],
] as const

/** Path A: each person from plain HTTP to a kubeconfig that works, and what the console offers on the way. */
export function testPathA(opened: () => Site): void {
  describe('a person with a browser', () => {
    let browser: TestBrowser
    beforeAll(async () => {
      browser = await openBrowser(opened())
    })
    afterAll(() => browser?.[Symbol.asyncDispose]())

    const told: Record<string, string> = {}
    test.each(PEOPLE)('%s goes from plain HTTP to a kubeconfig that works (A1 to A6)', async (email) => {
      const page = await browser.newPage()
      const answers = await walk(opened(), page, email)
      await page.context().close()
      Object.assign(told, answers)
      expect(answers).toMatchObject({
        [`${email}: files of the cluster`]: FILES[email].join(' '),
        [`${email}: kubectl is`]: email,
      })
    })
    testSameVerdicts('path-a', () => ({ site: opened(), told }), walkAll)
  })
}

async function walkAll(site: Site): Promise<Verdicts> {
  await using browser = await openBrowser(site)
  const told: Record<string, string> = {}
  for (const email of PEOPLE) Object.assign(told, await walk(site, await browser.newPage(), email))
  return told
}

async function walk(site: Site, page: Page, email: string): Promise<Verdicts> {
  const requests: Request[] = []
  page.on('request', (request) => requests.push(request))
  const plain = `${site.urls.plain}/administration`

  // A1: the gateway leads plain HTTP to TLS. A2: without a token the console leads to dex, with PKCE.
  const first = await page.goto(plain)
  const chain = redirectsOf(first!.request())
  const connectors = page.locator('a.dex-btn-provider')
  await connectors.first().waitFor()
  expect(await connectors.allInnerTexts()).toEqual([expect.stringMatching(/Log in with/)])
  const redirect = requests.find((request) => request.url() === plain)
  expect((await redirect!.response())?.status()).toBe(308)
  expect(chain).toContain(plain)
  const asked = requests.map((request) => new URL(request.url())).find((url) => url.pathname === '/auth')!
  expect(asked.origin).toBe(site.urls.issuer)
  expect(asked.searchParams.get('code_challenge_method')).toBe('S256')
  expect(asked.searchParams.get('scope')?.split(' ')).toContain('audience:server:client_id:kyma-client')

  // A3, A4: dex asks how, the person logs in, and comes back to the address that was opened at first.
  await submitLogin(page, email, await site.passwordOf(email))
  await page.locator('[data-page=administration]').waitFor()
  expect(page.url()).toBe(`${site.urls.console}/administration`)
  const token = await tokenOf(page)
  const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as object
  expect(claims).toMatchObject({ email, azp: 'console', aud: expect.arrayContaining(['kyma-client']) })
  await settled(page)
  const told: Record<string, string> = {
    [`${email}: files of the cluster`]: (await attributesOf(page, 'data-action')).join(' '),
  }

  // A5, A6: the kubeconfig is asked for with that token and saved; kubectl is the same person with it.
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download config' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('kubeconfig.yml')
  const file = join(await mkdtemp(join(site.directory, 'download-')), 'kubeconfig.yml')
  await download.saveAs(file)
  const whoami = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']
  const { stdout, stderr } = await site.terminalAt(file).kubectl(...whoami)
  told[`${email}: kubectl is`] = stdout || stderr

  // The token was in no address, and is in nothing that outlives the tab.
  expect(requests.filter((request) => request.url().includes(token.slice(0, 40)))).toEqual([])
  expect(requests.some((request) => request.headers()['authorization'] === `Bearer ${token}`)).toBe(true)
  const { local, cookies } = await storageOf(page)
  expect(JSON.stringify(local) + cookies).not.toContain(token.slice(0, 40))

  // The console's own requests go by the gateway's tunnel to the proxy.
  for (const [name, path] of PAGES) {
    await follow(page, path)
    await page.locator('main :is([role=tablist], [data-page=denied])').first().waitFor()
    await settled(page)
    told[`${email}: navigation at ${name}`] = (await attributesOf(page, 'data-kind')).join(' ')
    told[`${email}: offered for ${name}`] = (await attributesOf(page, 'data-action')).join(' ')
  }
  return told
}

function redirectsOf(request: Request): string[] {
  const from = request.redirectedFrom()
  return [...(from ? redirectsOf(from) : []), request.url()]
}
