import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consoleOf, follow } from './browser.ts'
import type { PathA } from './use-path-a.ts'

/** axe in light and dark, the keyboard, and a narrow screen. */
export function testAccessibility(pathA: PathA): void {
  describe('accessibility', () => {
    /** What axe finds, as lines that say where. */
    async function violations(page: Page): Promise<string[]> {
      const found = await new AxeBuilder({ page }).analyze()
      return found.violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target }) => `${id}: ${target.join(' ')}`),
      )
    }

    const PAGES = [
      ['/', '[data-count-of=pods]'],
      ['/resources/core/v1/pods', 'tr[data-name]'],
      ['/resources/apps/v1/deployments/demo/hello', '[data-action=delete]'],
      ['/resources/core/v1/secrets/demo/hello', '[data-action=delete]'],
      ['/create/core/v1/configmaps', 'textarea'],
      ['/kinds', 'td'],
      ['/access', 'td'],
      ['/administration', '[data-expires-at]'],
      ['/nothing/here', '[data-page=not-found]'],
    ] as const

    describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
      let page: Page
      beforeAll(async () => {
        page = await pathA.browser.newPage({ colorScheme, reducedMotion: 'reduce' })
        await pathA.browser.logIn(page, 'admin@kyma.cx')
      })
      afterAll(() => page?.context().close())

      test.each(PAGES)('axe finds nothing on %s', async (path, sign) => {
        await follow(page, path)
        await page.locator(sign).first().waitFor()
        expect(await violations(page)).toEqual([])
      })

      test('axe finds nothing in a dialog', async () => {
        await follow(page, '/resources/apps/v1/deployments/demo/hello')
        await page.getByRole('button', { name: 'Delete' }).click()
        await page.getByRole('dialog').waitFor()
        expect(await violations(page)).toEqual([])
      })
    })

    test('axe finds nothing on the pages of somebody who may do nothing, or is not logged in', async () => {
      const page = await pathA.browser.newPage()
      await pathA.browser.logIn(page, 'no-rights-user@kyma.cx')
      expect(await violations(page)).toEqual([])
      await follow(page, '/resources/core/v1/nodes')
      await page.locator('[data-page=denied]').waitFor()
      expect(await violations(page)).toEqual([])
      await page.evaluate('sessionStorage.clear()')
      await page.goto(`${consoleOf(pathA.stack)}/signed-out`)
      await page.locator('[data-page=signed-out]').waitFor()
      expect(await violations(page)).toEqual([])
      await page.context().close()
    })

    test('everything can be done with the keyboard', async () => {
      const page = await pathA.browser.newPage()
      await pathA.browser.logIn(page, 'admin@kyma.cx', '/resources/core/v1/configmaps?namespace=demo')
      await page.locator('tr[data-name=hello]').waitFor()
      const focused = () => page.evaluate<string>('document.activeElement.textContent.trim()')

      await page.keyboard.press('Tab')
      expect(await focused()).toBe('Skip to content')

      // To the row's link, as somebody would who can't see it, and to its page.
      for (let step = 0; step < 80 && (await focused()) !== 'hello'; step++) await page.keyboard.press('Tab')
      expect(await focused()).toBe('hello')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'ConfigMap hello' }).waitFor()

      // A dialog keeps the focus, and Escape gives it back.
      const remove = page.getByRole('button', { name: 'Delete' })
      await remove.focus()
      await page.keyboard.press('Enter')
      const dialog = page.getByRole('dialog')
      await dialog.waitFor()
      for (let step = 0; step < 6; step++) {
        await page.keyboard.press('Tab')
        expect(
          await page.evaluate("document.querySelector('[role=dialog]').contains(document.activeElement)"),
        ).toBe(true)
      }
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' })

      // The menu of the user opens, moves and closes.
      await page.getByRole('button', { name: 'User menu' }).focus()
      await page.keyboard.press('Enter')
      await page.getByRole('menuitem', { name: 'Log out' }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('menuitem', { name: 'Log out' }).waitFor({ state: 'detached' })
      await page.context().close()
    })

    test('the headings of lists are whole, and rows have one line', async () => {
      const page = await pathA.browser.newPage({ viewport: { width: 1280, height: 800 } })
      await pathA.browser.logIn(page, 'admin@kyma.cx')
      for (const kind of ['Pods', 'Events', 'Services', 'Nodes', 'Deployments', 'Cluster role bindings']) {
        await page.getByRole('link', { name: kind, exact: true }).first().click()
        await page.locator('[data-phase=live]').waitFor()
        await page.locator('tr[data-name]').first().waitFor()
        const cut = await page.evaluate<string[]>(`Array.from(document.querySelectorAll('thead th *'))
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ textContent }) => textContent)`)
        expect({ kind, cut }).toEqual({ kind, cut: [] })
        const heights = await page.evaluate<number[]>(
          "Array.from(document.querySelectorAll('tr[data-name]'), ({ offsetHeight }) => offsetHeight)",
        )
        expect({ kind, heights: new Set(heights).size }).toEqual({ kind, heights: 1 })
      }
      await page.context().close()
    })

    test('on a narrow screen the navigation gives way, and can be called back', async () => {
      const page = await pathA.browser.newPage({ viewport: { width: 400, height: 800 } })
      await pathA.browser.logIn(page, 'admin@kyma.cx')
      const link = page.getByRole('link', { name: 'Config maps' })
      expect(await link.isVisible()).toBe(false)
      await page.getByRole('button', { name: 'Navigation' }).click()
      await link.waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
      await page.context().close()
    })

    test('the theme that somebody chooses stays, and is all that outlives the tab', async () => {
      const page = await pathA.browser.newPage({ colorScheme: 'light' })
      await pathA.browser.logIn(page, 'admin@kyma.cx')
      const isDark = () =>
        page.evaluate<boolean>("document.documentElement.classList.contains('pf-v6-theme-dark')")
      expect(await isDark()).toBe(false)
      await page.getByRole('button', { name: 'User menu' }).click()
      await page.getByRole('menuitem', { name: 'Dark' }).click()
      expect(await isDark()).toBe(true)
      await page.reload()
      await page.locator('[data-page=overview]').waitFor()
      expect(await isDark()).toBe(true)
      expect(await page.evaluate('({ ...localStorage })')).toEqual({ 'gatehouse.theme': 'dark' })
      await page.context().close()
    })
  })
}
