import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tokenOf } from './browser.ts'
import { createManyPods, type ManyPods } from './many-pods.ts'
import type { PathA } from './use-path-a.ts'

const PODS = 5000
const CHANGES = 1000
const CHANGES_PER_SECOND = 100

/** Thousands of pods in a list, and changes that all arrive. */
export function testLoad(pathA: PathA): void {
  describe('load', () => {
    let page: Page
    let pods: ManyPods
    beforeAll(async () => {
      page = await pathA.browser.newPage()
      await pathA.browser.logIn(page, 'admin@kyma.cx')
      pods = await createManyPods(pathA.stack, await tokenOf(page), PODS)
    }, 300_000)
    afterAll(async () => {
      await page?.context().close()
      await pods?.[Symbol.asyncDispose]()
    })

    // How fast all that is stands in `pnpm bench --scenario console`.
    test(`${PODS} pods are a list of which a screenful is drawn, and every change arrives`, async () => {
      const rows = page.locator('tr[data-name]')
      await page.getByRole('link', { name: 'Pods', exact: true }).first().click()
      await page.locator('[data-phase=live]').waitFor({ timeout: 60_000 })
      await page.getByLabel('Filter').fill('round=0 load-')
      await page.locator(`[data-count="${PODS}"]`).waitFor()
      expect(await rows.count()).toBeLessThan(100)

      // To the end, while the first ones change.
      const changing = pods.change(CHANGES, CHANGES_PER_SECOND)
      await page.evaluate("document.querySelector('.gh-scroller').scrollTo(0, 1e9)")
      await page.locator(`tr[data-name=load-${PODS - 1}]`).waitFor()
      expect(await rows.count()).toBeLessThan(100)
      await changing
      // Those that changed do not match the filter any more, and the first one that is left stands first.
      await page.locator(`[data-count="${PODS - CHANGES}"]`).waitFor({ timeout: 40_000 })
      await page.evaluate("document.querySelector('.gh-scroller').scrollTo(0, 0)")
      await page.locator(`tr[data-name=load-${CHANGES}]`).waitFor()
      expect(await rows.first().getAttribute('data-name')).toBe(`load-${CHANGES}`)
    }, 180_000)
  })
}
