import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { follow, openBrowser, prefer, type TestBrowser } from './browser.ts'
import { differenceFrom } from './picture.ts'
import type { PathA } from './use-path-a.ts'

/** The main pages, by who opens them: their address, and what is there when they are complete. */
const PAGES: Readonly<Record<string, readonly (readonly [name: string, path: string, sign: string])[]>> = {
  'admin@kyma.cx': [
    ['overview', '/', '[data-count-of=configmaps]'],
    ['list', '/resources/apps/v1/deployments?namespace=demo', 'tr[data-name=hello]:has-text("2/2")'],
    ['secret', '/resources/core/v1/secrets/demo/hello', '[data-action=delete]'],
    ['administration', '/administration?namespace=demo', '[data-action=adminkubeconfig]'],
  ],
  'read-only-user@kyma.cx': [
    ['denied', '/resources/core/v1/secrets?namespace=demo', '[data-advice]:has(li)'],
  ],
  'no-rights-user@kyma.cx': [['no-namespace', '/', '[data-page=no-namespace]']],
}

/** What is another with each stack and each second: ages, addresses, how many there are. */
const VOLATILE = 'time, [data-volatile], .gh-number'

/** The main pages look as in the folder `pictures`; nothing may have changed in the cluster before. */
export function testPictures(pathA: PathA): void {
  describe('pictures', () => {
    let browser: TestBrowser
    beforeAll(async () => {
      browser = await openBrowser(pathA.site, { pinned: true })
    })
    afterAll(() => browser?.[Symbol.asyncDispose]())

    describe.each(Object.entries(PAGES))('of %s', (email, pages) => {
      let page: Page
      beforeAll(async () => {
        page = await browser.newPage({ reducedMotion: 'reduce' })
        await browser.logIn(page, email)
      })
      afterAll(() => page?.context().close())

      test.each(pages)('%s looks as it did, in light and in dark', async (name, path, sign) => {
        await follow(page, path)
        await page.locator(sign).first().waitFor()
        const different: (string | undefined)[] = []
        for (const colorScheme of ['light', 'dark'] as const) {
          await prefer(page, colorScheme)
          different.push(await differenceFrom(`${name}-${colorScheme}`, await pictureOf(page)))
        }
        expect(different).toEqual([undefined, undefined])
      })
    })
  })
}

/** A picture of the page when all answers are there, without what changes from run to run. */
async function pictureOf(page: Page): Promise<Buffer> {
  await page.locator('nav[data-pending=false]').waitFor()
  await page.evaluate('document.fonts.ready.then(() => true)')
  await page.evaluate(
    `for (const element of document.querySelectorAll('${VOLATILE}')) element.textContent = '7'`,
  )
  // Their size does not depend on what they say.
  const mask = [page.locator('.gh-commands input')]
  return page.screenshot({ animations: 'disabled', caret: 'hide', mask, maskColor: '#888' })
}
