import { join } from 'node:path'
import { certificatesOf, submitLogin, tokenOf } from '@gatehouse/e2e-path-a/browser'
import { openTerminal } from '@gatehouse/e2e-path-b/gatehouse'
import { type Chromium, startChromium } from '@gatehouse/browser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { World } from './world.ts'

/** Path A by a real browser: from plain HTTP to a kubeconfig that works. */
export function testPathA(opened: () => World, people: readonly string[]): void {
  describe('a person with a browser', () => {
    let chromium: Chromium
    beforeAll(async () => {
      const { urls, authority } = opened()
      chromium = await startChromium({
        authorities: [authority],
        servers: await certificatesOf(urls.console, authority),
      })
    })
    afterAll(() => chromium?.[Symbol.asyncDispose]())

    test.each(people)(
      '%s comes by the gateway to a kubeconfig, and is that person with it',
      async (email) => {
        const { urls, passwordOf, directory, cluster } = opened()
        const context = await chromium.browser.newContext()
        const page = await context.newPage()
        await page.goto(`${urls.plain}/administration`)
        await page.waitForURL((url) => url.origin === urls.issuer)
        await submitLogin(page, email, passwordOf(email))
        await page.locator('[data-page=administration]').waitFor()
        expect(page.url()).toBe(`${urls.console}/administration`)
        const [, claims] = (await tokenOf(page)).split('.')
        expect(JSON.parse(Buffer.from(claims!, 'base64url').toString())).toMatchObject({
          email,
          iss: urls.issuer,
        })
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name: 'Download config' }).click(),
        ])
        const file = join(directory, `downloaded-${email}.yml`)
        await download.saveAs(file)
        const terminal = openTerminal(directory, cluster.kubectl, file)
        const whoami = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']
        expect(await terminal.kubectl(...whoami)).toMatchObject({ exitCode: 0, stdout: email })
        // The way of the console's own requests: by the gateway's tunnel to the proxy.
        await page.goto(`${urls.console}/`)
        await page.locator('main [data-page]').first().waitFor()
        await context.close()
      },
    )
  })
}
