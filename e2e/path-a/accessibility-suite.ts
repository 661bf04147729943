import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consoleOf, follow, prefer } from './browser.ts'
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

    let adminPage: Page
    beforeAll(async () => {
      adminPage = await pathA.browser.newPage({ reducedMotion: 'reduce' })
      await pathA.browser.logIn(adminPage, 'admin@kyma.cx')
    })
    afterAll(() => adminPage?.context().close())

    describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
      beforeAll(() => prefer(adminPage, colorScheme))

      test.each(PAGES)('axe finds nothing on %s', async (path, sign) => {
        await follow(adminPage, path)
        await adminPage.locator(sign).first().waitFor()
        expect(await violations(adminPage)).toEqual([])
      })

      test('axe finds nothing in a dialog', async () => {
        await follow(adminPage, '/resources/apps/v1/deployments/demo/hello')
        await adminPage.getByRole('button', { name: 'Delete' }).click()
        await adminPage.getByRole('dialog').waitFor()
        expect(await violations(adminPage)).toEqual([])
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
      await follow(adminPage, '/')
      for (const kind of ['Pods', 'Events', 'Services', 'Nodes', 'Deployments', 'Cluster role bindings']) {
        await adminPage.getByRole('link', { name: kind, exact: true }).first().click()
        await adminPage.locator('[data-phase=live]').waitFor()
        await adminPage.locator('tr[data-name]').first().waitFor()
        const cut = await adminPage.evaluate<string[]>(`Array.from(document.querySelectorAll('thead th *'))
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ textContent }) => textContent)`)
        expect({ kind, cut }).toEqual({ kind, cut: [] })
        const heights = await adminPage.evaluate<number[]>(
          "Array.from(document.querySelectorAll('tr[data-name]'), ({ offsetHeight }) => offsetHeight)",
        )
        expect({ kind, heights: new Set(heights).size }).toEqual({ kind, heights: 1 })
      }
    })

    // The last one with this page, which stays narrow.
    test('on a narrow screen the navigation gives way, and can be called back', async () => {
      await adminPage.setViewportSize({ width: 400, height: 800 })
      await adminPage.reload()
      const link = adminPage.getByRole('link', { name: 'Config maps' })
      expect(await link.isVisible()).toBe(false)
      await adminPage.getByRole('button', { name: 'Navigation' }).click()
      await link.waitFor()
      expect(await adminPage.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
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
