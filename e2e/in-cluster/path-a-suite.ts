import { join } from 'node:path'
import { certificatesOf, submitLogin, tokenOf } from '@gatehouse/e2e-path-a/browser'
import { openTerminal } from '@gatehouse/e2e-path-b/gatehouse'
import { POD_IMAGE } from '@gatehouse/e2e-path-b/pods'
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

    /** Opens the address, is sent to dex, and logs in there. */
    const logInAt = async (page: Parameters<typeof submitLogin>[0], url: string, email: string) => {
      const { urls, passwordOf } = opened()
      await page.goto(url)
      await page.waitForURL(({ origin }) => origin === urls.issuer)
      await submitLogin(page, email, passwordOf(email))
    }

    test.each(people)(
      '%s comes by the gateway to a kubeconfig, and is that person with it',
      async (email) => {
        const { urls, directory, cluster } = opened()
        const context = await chromium.browser.newContext()
        const page = await context.newPage()
        await logInAt(page, `${urls.plain}/administration`, email)
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

    test('a log grows before one’s eyes, line by line', async () => {
      const { urls, kubectl } = opened()
      const name = 'counting'
      const count = 'n=0; while n=$((n + 1)); do echo "line $n"; sleep 0.5; done'
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'demo' },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name, image: POD_IMAGE, imagePullPolicy: 'Never', command: ['sh', '-c', count] }],
        },
      }
      await kubectl(['apply', '-f', '-'], JSON.stringify(pod))
      await kubectl(['wait', '-n', 'demo', '--for=condition=Ready', `pod/${name}`, '--timeout=60s'])
      const context = await chromium.browser.newContext()
      const page = await context.newPage()
      await logInAt(page, `${urls.console}/resources/core/v1/pods/demo/${name}`, 'admin@kyma.cx')
      await page.getByRole('tab', { name: 'Log' }).click()
      const lines = page.locator('.gh-log-lines')
      const last = async () => Number(/line (\d+)\s*$/.exec(await lines.innerText())?.[1] ?? 0)
      await expect.poll(last).toBeGreaterThan(0)
      const seen = await last()
      await expect.poll(last).toBeGreaterThan(seen + 2)
      await context.close()
      await kubectl(['delete', '-n', 'demo', 'pod', name])
    })
  })
}
