import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { apiServerAs } from './api-server.ts'
import { tokenOf } from './browser.ts'
import { PEOPLE } from './people.ts'
import type { PathA } from './use-path-a.ts'

const ADMIN = 'admin@kyma.cx'

/** Logs that are followed, and a shell in a container, for those who may. */
export function testPods(pathA: PathA): void {
  describe('pods', () => {
    /** Where pictures of the pages go, for who wants to look at them. */
    const PICTURES = process.env['PAGE_PICTURES']
    /** A pod that runs, in the namespace demo. */
    let pod: string
    beforeAll(async () => {
      const admin = await pathA.stack.terminalOf(ADMIN)
      await admin.kubectl('-n', 'demo', 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s')
      pod = (await admin.kubectl('-n', 'demo', 'get', 'pods', '-o', 'name')).stdout.split(/[/\n]/)[1]!
    })

    const pathOfPod = () => `/resources/core/v1/pods/demo/${pod}`
    const tab = (page: Page, name: string) => page.getByRole('tab', { name })
    /** What stands in the terminal, line by line. */
    const screen = (page: Page) => page.locator('.xterm-rows > div').allInnerTexts()

    async function openTab(email: string, name: string): Promise<{ page: Page; complaints: string[] }> {
      const page = await pathA.browser.newPage()
      const complaints: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`))
      page.on('pageerror', (error) => complaints.push(error.message))
      await pathA.browser.logIn(page, email, pathOfPod())
      await tab(page, name).click()
      return { page, complaints }
    }

    /** Connects, and waits for the prompt of a shell: what is typed before that is shown, but no shell reads it. */
    async function connect(page: Page, command?: string, phase = 'connected'): Promise<void> {
      if (command !== undefined) await page.getByLabel('Command').fill(command)
      await page.getByRole('button', { name: /^Connect/ }).click()
      await page.locator(`[data-phase=${phase}]`).waitFor()
      if (phase !== 'connected') return
      await expect.poll(() => screen(page)).toContainEqual(expect.stringMatching(/^[$#]\s*$/))
    }

    /** Resolves when the console knows whether it may offer `verb` of a pod's `subresource`. */
    const answerAbout = (page: Page, verb: string, subresource: string) =>
      page.waitForResponse(
        (response) => {
          if (!response.url().endsWith('/selfsubjectaccessreviews')) return false
          const { spec } = response.request().postDataJSON() as {
            spec: { resourceAttributes: Record<string, string> }
          }
          const asked = spec.resourceAttributes
          return asked['verb'] === verb && asked['subresource'] === subresource && asked['name'] === pod
        },
        // The login is part of it.
        { timeout: 50_000 },
      )

    test.each(PEOPLE)('%s is offered the log and the terminal that the API server allows', async (email) => {
      const page = await pathA.browser.newPage()
      await Promise.all([
        answerAbout(page, 'get', 'log'),
        answerAbout(page, 'get', 'exec'),
        answerAbout(page, 'create', 'exec'),
        pathA.browser.logIn(page, email, pathOfPod()),
      ])
      await using server = await apiServerAs(pathA.stack, await tokenOf(page))
      const may = (verb: string, subresource?: string) =>
        server.review({ verb, resource: 'pods', namespace: 'demo', name: pod, subresource })
      const expected: string[] = []
      const maySee = await may('get')
      if (maySee && (await may('get', 'log'))) expected.push('Log')
      if (maySee && (await may('get', 'exec')) && (await may('create', 'exec'))) expected.push('Terminal')
      await page.locator(maySee ? '[role=tablist]' : '[data-page=denied]').waitFor()
      const offered = async () => {
        const titles = await page.locator('[role=tab]').allInnerTexts()
        return titles.filter((title) => title === 'Log' || title === 'Terminal')
      }
      await expect.poll(offered).toEqual(expected)
      await page.context().close()
    })

    test('a log is followed, with times when asked for', async () => {
      const { page, complaints } = await openTab(ADMIN, 'Log')
      const lines = page.locator('.gh-log-lines')
      await expect.poll(() => lines.innerText(), { timeout: 30_000 }).toContain('embedded Gatehouse cluster')
      expect(await lines.innerText()).not.toMatch(/^\d{4}-\d\d-\d\dT/m)
      await page.getByLabel('Times').check()
      await expect.poll(() => lines.innerText()).toMatch(/^\d{4}-\d\d-\d\dT\S+ /m)
      if (PICTURES) await page.screenshot({ path: join(PICTURES, 'log.png') })
      expect(complaints).toEqual([])
      await page.context().close()
    })

    describe('a terminal', () => {
      test('runs a shell, whose connection has the token nowhere in its address', async () => {
        const { page, complaints } = await openTab(ADMIN, 'Terminal')
        const sockets: string[] = []
        page.on('websocket', (socket) => sockets.push(socket.url()))
        await connect(page)
        await page.keyboard.type('echo $((6 * 7))\n')
        await expect.poll(() => screen(page), { timeout: 30_000 }).toContain('42')
        if (PICTURES) await page.screenshot({ path: join(PICTURES, 'terminal.png') })
        const token = await tokenOf(page)
        expect(sockets).toHaveLength(1)
        expect(new URL(sockets[0]!).pathname).toBe(`/api/v1/namespaces/demo/pods/${pod}/exec`)
        expect(sockets[0]).not.toContain(token)
        await page.keyboard.type('exit\n')
        await page.locator('[data-phase=ended]').waitFor()
        await page.getByText('The command has ended').waitFor()
        expect(complaints).toEqual([])
        await page.context().close()
      })

      test('tells the shell how large it is, and when that changes', async () => {
        const { page } = await openTab(ADMIN, 'Terminal')
        await connect(page)
        const size = async () => {
          await page.keyboard.type('stty size\n')
          const found = async () => (await screen(page)).findLast((line) => /^\d+ \d+$/.test(line))
          await expect.poll(found, { timeout: 30_000 }).toBeDefined()
          return (await found())!
        }
        const before = await size()
        await page.keyboard.type(String.raw`printf '\033c'` + '\n')
        await expect.poll(async () => (await screen(page)).includes(before)).toBe(false)
        await page.setViewportSize({ width: 900, height: 700 })
        await expect.poll(size, { timeout: 30_000 }).not.toBe(before)
        await page.context().close()
      })

      test('shows output as output, whatever is in it', async () => {
        const { page, complaints } = await openTab(ADMIN, 'Terminal')
        await connect(page)
        await page.keyboard.type(
          String.raw`printf '<img src=x onerror=alert(1)>\n\033]8;;javascript:alert(2)\033\\link\033]8;;\033\\\n\033]0;title\007\033[38;2;1;2;3mcolour\n'`,
        )
        await page.keyboard.press('Enter')
        await expect.poll(() => screen(page), { timeout: 30_000 }).toContain('<img src=x onerror=alert(1)>')
        await expect.poll(() => screen(page)).toContain('colour')
        const title = await page.title()
        const row = page.locator('.xterm-rows > div', { hasText: /^link$/ })
        const { x, y } = (await row.boundingBox())!
        await page.mouse.move(x + 10, y + 5)
        await page.mouse.click(x + 10, y + 5)
        expect(await page.locator('.xterm-rows img').count()).toBe(0)
        expect(await page.title()).toBe(title)
        expect(page.context().pages()).toHaveLength(1)
        expect(complaints).toEqual([])
        await page.context().close()
      })

      test('says why a command can’t run, and connects again', async () => {
        const { page } = await openTab(ADMIN, 'Terminal')
        // It may have ended before anybody sees that it was connected.
        await connect(page, '/no/such/program', 'ended')
        expect(await page.locator('[data-problem]').innerText()).toMatch(/no such file|not found|executable/i)
        await connect(page, '/bin/sh')
        await page.keyboard.type('echo again\n')
        await expect.poll(() => screen(page), { timeout: 30_000 }).toContain('again')
        await page.context().close()
      })

      test('is left by keyboard', async () => {
        const { page } = await openTab(ADMIN, 'Terminal')
        await connect(page)
        const isInside = () => page.evaluate('document.activeElement.closest(".xterm") !== null')
        await expect.poll(isInside).toBe(true)
        await page.keyboard.press('Tab')
        expect(await isInside()).toBe(true)
        await page.keyboard.press('Control+F6')
        expect(await isInside()).toBe(false)
        await page.context().close()
      })
    })
  })
}
