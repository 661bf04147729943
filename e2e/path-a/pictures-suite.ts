import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from './browser.ts'
import { differenceFrom } from './picture.ts'
import type { PathA } from './use-path-a.ts'

const ADMIN = 'admin@kyma.cx'

/** The main pages: who opens which address, and what is there when it is complete. */
const PAGES = [
  ['overview', ADMIN, '/', '[data-count-of=configmaps]'],
  ['list', ADMIN, '/resources/apps/v1/deployments?namespace=demo', 'tr[data-name=hello]:has-text("2/2")'],
  ['secret', ADMIN, '/resources/core/v1/secrets/demo/hello', '[data-action=delete]'],
  ['administration', ADMIN, '/administration?namespace=demo', '[data-action=adminkubeconfig]'],
  ['denied', 'read-only-user@kyma.cx', '/resources/core/v1/secrets?namespace=demo', '[data-advice]:has(li)'],
  ['no-namespace', 'no-rights-user@kyma.cx', '/', '[data-page=no-namespace]'],
] as const

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

    describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
      test.each(PAGES)('%s looks as it did', async (name, email, path, sign) => {
        const page = await browser.newPage({ colorScheme, reducedMotion: 'reduce' })
        await browser.logIn(page, email, path)
        await page.locator(sign).first().waitFor()
        const picture = await pictureOf(page)
        await page.context().close()
        expect(await differenceFrom(`${name}-${colorScheme}`, picture)).toBeUndefined()
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
