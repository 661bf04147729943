import type { StackStatus } from '@gatehouse/stack/running'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tokenOf } from './browser.ts'
import type { PathA } from './use-path-a.ts'

const ADMIN = 'admin@kyma.cx'
const LIST = '/resources/core/v1/configmaps?namespace=demo'

/** Processes of the stack that are killed under an open page. */
export function testRecovery(pathA: PathA): void {
  describe('recovery', () => {
    let page: Page
    beforeAll(async () => {
      page = await pathA.browser.newPage()
      await pathA.browser.logIn(page, ADMIN, LIST)
      await live()
    })
    afterAll(() => page?.context().close())

    const live = () => page.locator('[data-phase=live]').waitFor({ timeout: 40_000 })

    /** Kills a process of the stack for good; the supervisor starts it again after a while. */
    async function kill(name: string): Promise<void> {
      const status = JSON.parse((await pathA.stack.gatehouse('status', '--json')).stdout) as StackStatus
      process.kill(status.processes.find((one) => one.name === name)!.pid!, 'SIGKILL')
    }

    /** A change of the cluster arrives on the page, which nobody loaded again. */
    async function seesNew(name: string): Promise<boolean> {
      const terminal = await pathA.stack.terminalOf(ADMIN)
      const create = () => terminal.kubectl('create', 'configmap', name, '-n', 'demo')
      await expect
        .poll(async () => /created|AlreadyExists/.test(Object.values(await create()).join()), {
          timeout: 40_000,
        })
        .toBe(true)
      const row = page.locator(`tr[data-name=${name}]`)
      await row.waitFor({ timeout: 40_000 })
      return row.isVisible()
    }

    test('a change of the cluster arrives by itself', async () => {
      expect(await seesNew('before-everything')).toBe(true)
    })

    test('a proxy that is restarted: the page says that updates are lost, then they come again', async () => {
      const lost = page.locator('[data-page=watch-lost]').waitFor()
      await kill('apiserver-proxy')
      await lost
      await live()
      expect(await page.locator('[data-page=watch-lost]').count()).toBe(0)
      expect(await seesNew('after-the-proxy')).toBe(true)
    })

    test('an API server that is restarted: the page says so, then updates come again', async () => {
      const lost = page.locator('[data-page=watch-lost]').waitFor()
      await kill('kube-apiserver')
      await lost
      await live()
      expect(await seesNew('after-the-apiserver')).toBe(true)
    })

    test('a gateway that is restarted', async () => {
      const lost = page.locator('[data-page=watch-lost]').waitFor()
      await kill('ingress-gateway')
      await lost
      await live()
      expect(await seesNew('after-the-gateway')).toBe(true)
    })

    test('a dex that is restarted: the session goes on', async () => {
      const token = await tokenOf(page)
      await kill('dex')
      expect(await seesNew('after-dex')).toBe(true)
      await page.reload()
      await live()
      expect(await tokenOf(page)).toBe(token)
    })

    test('what the network drops while a page starts is asked again', async () => {
      const fresh = await pathA.browser.newPage()
      const dropped = new Set<string>()
      await fresh.route(/\/(configuration\.json|\.well-known\/openid-configuration)$/, (route) => {
        const { pathname } = new URL(route.request().url())
        if (dropped.has(pathname)) return route.continue()
        dropped.add(pathname)
        return route.abort('connectionreset')
      })
      await pathA.browser.logIn(fresh, ADMIN)
      expect(dropped.size).toBe(2)
      await fresh.context().close()
    })

    test('a proxy that is not there when a page is opened: a page says so and goes on by itself', async () => {
      const api = /^https:\/\/apiserver\./
      await page.route(api, (route) => route.abort('connectionrefused'))
      await page.reload()
      await page.locator('[data-page=problem-unreachable]').waitFor()
      await page.unroute(api)
      await live()
      expect(await page.locator('[data-page=problem-unreachable]').count()).toBe(0)
    })
  })
}
