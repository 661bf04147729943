import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { type Chromium, startChromium } from '@gatehouse/browser'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { RunResult } from '../../src/index.ts'
import { REPORTS } from '../../src/reports/index.ts'
import { EVIL, goodRun, runOf } from './run.ts'

let chromium: Chromium
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-report-'))
  chromium = await startChromium({ authorities: [] })
})
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

interface Opened {
  readonly page: Page
  /** What the page complained about, and what it asked of a network. */
  readonly complaints: readonly string[]
}

async function open(run: RunResult, colorScheme: 'light' | 'dark' = 'light'): Promise<Opened> {
  const file = join(directory, 'report.html')
  await writeFile(file, await REPORTS.html(run))
  const context = await chromium.browser.newContext({ colorScheme, viewport: { width: 1280, height: 900 } })
  onTestFinished(() => context.close())
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) complaints.push(request.url())
  })
  await page.goto(pathToFileURL(file).href)
  await page.getByRole('grid').getByRole('row').first().waitFor()
  return { page, complaints }
}

const rowNames = (page: Page) => page.locator('#matrix th[scope=row]').allTextContents()
const cell = (page: Page, name: RegExp) => page.getByRole('button', { name })
const signs = (page: Page, name: RegExp) => cell(page, name).locator('> [aria-hidden]').textContent()

test('the page holds the matrix and the sums, and asks nobody for anything', async () => {
  const { page, complaints } = await open(runOf())
  expect(await page.title()).toBe('Access of plain')
  expect(await page.locator('#verdict').textContent()).toBe(
    '17 cells: 13 pass, 1 fail, 1 disagreement, 1 inconclusive, 1 uncovered',
  )
  expect(await page.locator('#matrix thead th').allTextContents()).toEqual(['Resource', 'admin', 'viewer'])
  expect(await rowNames(page)).toEqual([
    '/version',
    'pods',
    'pods/exec "web"',
    'quotas',
    'roles.rbac.authorization.k8s.io "plain"',
    'secrets',
  ])
  expect(await signs(page, /^admin, pods, own/)).toBe('glcD')
  expect(await signs(page, /^viewer, secrets/)).toBe('✗≠')
  expect(
    await cell(page, /^viewer, secrets/)
      .locator('.unseen')
      .textContent(),
  ).toBe('viewer, secrets, system (kube-system): get not as expected, list ways in disagree')
  for (const title of [
    'Ways in that disagree',
    'Changes against baseline.yaml',
    '1 of 2 mutations were noticed',
  ]) {
    expect(await page.getByRole('heading', { name: title }).count()).toBe(1)
  }
  expect(complaints).toEqual([])
})

test('a good run looks good', async () => {
  const { page } = await open(goodRun())
  expect(await page.locator('#verdict').getAttribute('class')).toBe('good')
  expect(await page.locator('.has-problem, .is-open').count()).toBe(0)
})

describe('filters', () => {
  test.each<[string, (page: Page) => Promise<unknown>, string[], string]>([
    [
      'by part of a name',
      (page) => page.getByLabel('Resource').fill(' EXEC'),
      ['pods/exec "web"'],
      '1 of 6 rows',
    ],
    ['by place', (page) => page.getByLabel('Place').selectOption('system'), ['secrets'], '1 of 6 rows'],
    [
      'by persona',
      (page) => page.getByLabel('Persona').selectOption('viewer'),
      ['/version', 'pods', 'secrets'],
      '3 of 6 rows',
    ],
    [
      'by way in',
      (page) => page.getByLabel('Way in').selectOption('kubectl'),
      ['roles.rbac.authorization.k8s.io "plain"'],
      '1 of 6 rows',
    ],
    [
      'problems alone',
      (page) => page.getByLabel('Show').selectOption('problems'),
      ['pods/exec "web"', 'secrets'],
      '2 of 6 rows',
    ],
    ['one verdict', (page) => page.getByLabel('Show').selectOption('uncovered'), ['/version'], '1 of 6 rows'],
    ['one result', (page) => page.getByLabel('Show').selectOption('refused'), ['quotas'], '1 of 6 rows'],
    ['nothing', (page) => page.getByLabel('Resource').fill('no such thing'), [], '0 of 6 rows'],
  ])('%s', async (_what, act, rows, count) => {
    const { page } = await open(runOf())
    await act(page)
    expect(await rowNames(page)).toEqual(rows)
    expect(await page.getByRole('status').textContent()).toBe(count)
  })

  test('a way in that agrees with itself shows no disagreement of others', async () => {
    const { page } = await open(runOf())
    await page.getByLabel('Way in').selectOption('direct')
    expect(await signs(page, /^viewer, secrets/)).toBe('✗')
  })
})

test('the keyboard alone reaches every cell, opens it and comes back', async () => {
  const { page } = await open(runOf())
  await page.getByLabel('Show').focus()
  await page.keyboard.press('Tab')
  const focused = () => page.locator(':focus .unseen').textContent()
  expect(await focused()).toMatch(/^viewer, \/version/)
  await page.keyboard.press('ArrowDown')
  expect(await focused()).toMatch(/^viewer, pods, own/)
  await page.keyboard.press('ArrowLeft')
  expect(await focused()).toMatch(/^admin, pods, own/)
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('End')
  await page.keyboard.press('ArrowDown')
  // There is no cell of the viewer: the row's first one is taken.
  expect(await focused()).toMatch(/^admin, pods\/exec/)
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  expect(await dialog.getByRole('heading').textContent()).toBe('admin, pods/exec "web", own (demo)')
  expect(await dialog.textContent()).toContain('inconclusive: expected allowed, was inconclusive')
  await page.keyboard.press('Escape')
  expect(await dialog.count()).toBe(0)
  expect(await focused()).toMatch(/^admin, pods\/exec/)
  // One stop for the Tab key, whatever its size.
  expect(await page.locator('#matrix [tabindex="0"]').count()).toBe(1)
})

test('a cell tells what was asked, what was answered, and why', async () => {
  const { page } = await open(runOf())
  await cell(page, /^viewer, secrets/).click()
  const first = page.getByRole('dialog').locator('dl').first()
  const names = await first.locator('dt').allTextContents()
  const values = await first.locator('dd').allTextContents()
  const facts = Object.fromEntries(names.map((name, index) => [name, values[index]]))
  expect(facts).toEqual({
    Verb: 'get, by direct',
    Verdict: 'fail: expected denied, was allowed',
    'What is wrong': 'expected denied, is allowed: plain',
    Why: 'ClusterRoleBinding "plain" gives it.',
    'Expected by': 'kyma.yaml:12',
    Request: 'GET /api/v1/namespaces/demo/pods',
    Answer: '200',
    'Audit-ID': 'audit-1',
    Took: '1.3 ms',
  })
  await page.getByRole('button', { name: 'Close' }).click()
  expect(await page.getByRole('dialog').count()).toBe(0)
})

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  test('axe finds nothing, neither on the page nor in the details', async () => {
    const { page } = await open(runOf(), colorScheme)
    const violations = async () =>
      (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
    expect(await violations()).toEqual([])
    await cell(page, /^viewer, secrets/).click()
    expect(await violations()).toEqual([])
  })
})

test('what others named is text: nothing runs, nothing loads, nothing is lost', async () => {
  const { page, complaints } = await open(runOf(EVIL))
  const seen = EVIL.toWellFormed().replaceAll('\0', '\uFFFD')
  expect(await page.locator('img, iframe, script[src]').count()).toBe(0)
  expect(await page.locator('script').count()).toBe(2)
  expect((await rowNames(page)).join('\n')).toContain('<img src=x onerror=alert(1)>')
  await cell(page, /^admin, pods\/exec/).click()
  const text = await page.getByRole('dialog').evaluate((dialog) => dialog.textContent)
  expect(text?.toWellFormed().replaceAll('\0', '\uFFFD')).toContain(seen)
  expect(complaints).toEqual([])
})

test('the policy of the page lets no script run that is not its own', async () => {
  const html = (await REPORTS.html(runOf())).replace('</main>', '<script>alert(1)</script></main>')
  const file = join(directory, 'injected.html')
  await writeFile(file, html)
  const page = await chromium.browser.newPage()
  onTestFinished(() => page.close())
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  await page.goto(pathToFileURL(file).href)
  await page.getByRole('grid').getByRole('row').first().waitFor()
  expect(dialogs).toEqual([])
})

test('without scripts the page says that it needs its own', async () => {
  const file = join(directory, 'report.html')
  await writeFile(file, await REPORTS.html(runOf()))
  const context = await chromium.browser.newContext({ javaScriptEnabled: false })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  await page.goto(pathToFileURL(file).href)
  expect(await page.locator('noscript p').isVisible()).toBe(true)
})
