import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { follow, tokenOf } from './browser.ts'
import type { PathA } from './use-path-a.ts'

const ADMIN = 'admin@kyma.cx'

/** Logs that are followed, and a shell in a container, for somebody who may. */
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
    /** What stands in the terminal, line by line. */
    const screen = () => page.locator('.xterm-rows > div').allInnerTexts()

    /** One tab of somebody who may do all of it; every test opens the pod's page anew. */
    let page: Page
    const complaints: string[] = []
    beforeAll(async () => {
      page = await pathA.browser.newPage()
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`))
      page.on('pageerror', (error) => complaints.push(error.message))
      await pathA.browser.logIn(page, ADMIN)
    })
    afterAll(() => page?.context().close())
    afterEach(async () => {
      await follow(page, '/')
      complaints.length = 0
    })

    async function openTab(name: string): Promise<void> {
      await follow(page, pathOfPod())
      await page.getByRole('tab', { name }).click()
    }

    /** Connects, and waits for the prompt of a shell: what is typed before that is shown, but no shell reads it. */
    async function connect(command?: string, phase = 'connected'): Promise<void> {
      if (command !== undefined) await page.getByLabel('Command').fill(command)
      await page.getByRole('button', { name: /^Connect/ }).click()
      await page.locator(`[data-phase=${phase}]`).waitFor()
      if (phase !== 'connected') return
      await expect.poll(screen).toContainEqual(expect.stringMatching(/^[$#]\s*$/))
    }

    test('a log is followed, with times when asked for', async () => {
      await openTab('Log')
      const lines = page.locator('.gh-log-lines')
      await expect.poll(() => lines.innerText()).toContain('embedded Gatehouse cluster')
      expect(await lines.innerText()).not.toMatch(/^\d{4}-\d\d-\d\dT/m)
      await page.getByLabel('Times').check()
      await expect.poll(() => lines.innerText()).toMatch(/^\d{4}-\d\d-\d\dT\S+ /m)
      if (PICTURES) await page.screenshot({ path: join(PICTURES, 'log.png') })
      expect(complaints).toEqual([])
    })

    describe('a terminal', () => {
      test('runs a shell, whose connection has the token nowhere in its address', async () => {
        await openTab('Terminal')
        const sockets: string[] = []
        page.on('websocket', (socket) => sockets.push(socket.url()))
        await connect()
        await page.keyboard.type('echo $((6 * 7))\n')
        await expect.poll(screen).toContain('42')
        if (PICTURES) await page.screenshot({ path: join(PICTURES, 'terminal.png') })
        const token = await tokenOf(page)
        expect(sockets).toHaveLength(1)
        expect(new URL(sockets[0]!).pathname).toBe(`/api/v1/namespaces/demo/pods/${pod}/exec`)
        expect(sockets[0]).not.toContain(token)
        await page.keyboard.type('exit\n')
        await page.locator('[data-phase=ended]').waitFor()
        await page.getByText('The command has ended').waitFor()
        expect(complaints).toEqual([])
      })

      test('tells the shell how large it is, and when that changes', async () => {
        await openTab('Terminal')
        await connect()
        const size = async () => {
          await page.keyboard.type('stty size\n')
          const found = async () => (await screen()).findLast((line) => /^\d+ \d+$/.test(line))
          await expect.poll(found).toBeDefined()
          return (await found())!
        }
        const before = await size()
        await page.keyboard.type(String.raw`printf '\033c'` + '\n')
        await expect.poll(async () => (await screen()).includes(before)).toBe(false)
        const viewport = page.viewportSize()!
        await page.setViewportSize({ width: 900, height: 700 })
        await expect.poll(size).not.toBe(before)
        await page.setViewportSize(viewport)
      })

      test('shows output as output, whatever is in it', async () => {
        await openTab('Terminal')
        await connect()
        await page.keyboard.type(
          String.raw`printf '<img src=x onerror=alert(1)>\n\033]8;;javascript:alert(2)\033\\link\033]8;;\033\\\n\033]0;title\007\033[38;2;1;2;3mcolour\n'`,
        )
        await page.keyboard.press('Enter')
        await expect.poll(screen).toContain('<img src=x onerror=alert(1)>')
        await expect.poll(screen).toContain('colour')
        const title = await page.title()
        const row = page.locator('.xterm-rows > div', { hasText: /^link$/ })
        const { x, y } = (await row.boundingBox())!
        await page.mouse.move(x + 10, y + 5)
        await page.mouse.click(x + 10, y + 5)
        expect(await page.locator('.xterm-rows img').count()).toBe(0)
        expect(await page.title()).toBe(title)
        expect(page.context().pages()).toHaveLength(1)
        expect(complaints).toEqual([])
      })

      test('says why a command can’t run, and connects again', async () => {
        await openTab('Terminal')
        // It may have ended before anybody sees that it was connected.
        await connect('/no/such/program', 'ended')
        expect(await page.locator('[data-problem]').innerText()).toMatch(/no such file|not found|executable/i)
        await connect('/bin/sh')
        await page.keyboard.type('echo again\n')
        await expect.poll(screen).toContain('again')
      })

      test('is left by keyboard', async () => {
        await openTab('Terminal')
        await connect()
        const isInside = () => page.evaluate('document.activeElement.closest(".xterm") !== null')
        await expect.poll(isInside).toBe(true)
        await page.keyboard.press('Tab')
        expect(await isInside()).toBe(true)
        await page.keyboard.press('Control+F6')
        expect(await isInside()).toBe(false)
      })
    })
  })
}
