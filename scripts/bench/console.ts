import { loadavg } from 'node:os'
import { gzipSync } from 'node:zlib'
import { openBrowser, type TestBrowser, tokenOf } from '@gatehouse/e2e-path-a/browser'
import { createManyPods } from '@gatehouse/e2e-path-a/many-pods'
import { siteOf } from '@gatehouse/e2e-path-b/site'
import { startTestStack } from '@gatehouse/e2e-path-b/gatehouse'
import type { Page } from 'playwright-core'
import { machineTicks } from './cpu.ts'
import {
  type CountChange,
  followCount,
  type Frames,
  interactiveMs,
  PROMISE_INTERACTIVE,
  scroll,
} from './page-measures.ts'
import { median } from './statistics.ts'

export interface ConsoleBenchResult {
  readonly scenario: 'console'
  /** From dex's redirect back to the console until the navigation can be used; a login each, in a new browser. */
  readonly firstPageMs: readonly number[]
  readonly pods: number
  /** From the click on Pods. */
  readonly firstRowsMs: number
  readonly completeMs: number
  readonly quiet: Frames
  readonly changes: {
    readonly count: number
    readonly perSecond: number
    /** From the first answer of the API server until the page showed the last change. */
    readonly shownPerSecond: number
    /** From the API server's answer to a change until the page showed it. */
    readonly lagMs: { readonly median: number; readonly p95: number }
    readonly frames: Frames
  }
  /** The JavaScript before the first page, as gzip sends it. */
  readonly bundleBytes: number
  /** Processes that stood in line, at the beginning and at the end. */
  readonly loadAverage: readonly [before: number, after: number]
  readonly steal: number
}

const ADMIN = 'admin@kyma.cx'
const LOGINS = 5
const PODS = 5000
const QUIET_MS = 3000
const PER_SECOND = 100
const SECONDS = 10

/** A person in a Chromium: the first page after the login, and a long list while much changes. */
export async function measureConsole(onProgress: (text: string) => void): Promise<ConsoleBenchResult> {
  onProgress('starting a stack and a browser')
  await using stack = await startTestStack()
  await using browser = await openBrowser(await siteOf(stack, 'embedded'))
  const [ticks, load] = [await machineTicks(), loadavg()[0]!]
  onProgress(`${LOGINS} logins`)
  const firstPageMs: number[] = []
  for (let login = 0; login < LOGINS; login++) firstPageMs.push(await firstPage(browser))
  const page = await browser.newPage()
  await browser.logIn(page, ADMIN)
  onProgress(`${PODS} pods`)
  await using pods = await createManyPods(stack, await tokenOf(page), PODS)

  onProgress('a list of them')
  const { firstRowsMs, completeMs } = await openList(page)
  const quiet = await scroll(page, QUIET_MS)
  const following = await followCount(page)
  const count = PER_SECOND * SECONDS
  const [answers, frames] = await Promise.all([pods.change(count, PER_SECOND), scroll(page, SECONDS * 1000)])
  await page.locator(`[data-count="${PODS - count}"]`).waitFor()
  const seen = await following.stop()
  const after = await machineTicks()
  return {
    scenario: 'console',
    firstPageMs,
    pods: PODS,
    firstRowsMs,
    completeMs,
    quiet,
    changes: { count, perSecond: PER_SECOND, ...delayOf(answers, seen), frames },
    bundleBytes: await bundleBytes(page),
    loadAverage: [load, loadavg()[0]!],
    steal: (after.steal - ticks.steal) / (after.total - ticks.total),
  }
}

async function firstPage(browser: TestBrowser): Promise<number> {
  const page = await browser.newPage()
  await page.addInitScript(PROMISE_INTERACTIVE)
  await browser.logIn(page, ADMIN)
  const taken = await interactiveMs(page)
  await page.context().close()
  return taken
}

async function openList(page: Page): Promise<{ firstRowsMs: number; completeMs: number }> {
  const began = performance.now()
  await page.getByRole('link', { name: 'Pods', exact: true }).first().click()
  await page.locator('tr[data-name]').first().waitFor()
  const firstRowsMs = performance.now() - began
  await page.locator('[data-phase=live]').waitFor()
  const completeMs = performance.now() - began
  // Pods that change leave the list, so its count tells how many changes have arrived.
  await page.getByLabel('Filter').fill('round=0 load-')
  await page.locator(`[data-count="${PODS}"]`).waitFor()
  return { firstRowsMs, completeMs }
}

/** How far the page was behind the API server. Pure. */
export function delayOf(answers: readonly number[], seen: readonly CountChange[]) {
  const sorted = answers.toSorted((a, b) => a - b)
  const lags = sorted.map((at, index) => {
    const shown = seen.find(({ count }) => count <= PODS - (index + 1))
    if (!shown) throw new Error(`change ${index} was not seen`)
    return Math.max(0, shown.at - at)
  })
  const began = sorted[0]!
  return {
    shownPerSecond: (answers.length * 1000) / (seen.at(-1)!.at - began),
    lagMs: { median: median(lags), p95: lags.toSorted((a, b) => a - b)[Math.floor(lags.length * 0.95)]! },
  }
}

/** What the document of the first page names as its scripts, compressed as the service does it. */
async function bundleBytes(page: Page): Promise<number> {
  const texts = await page.evaluate<string[]>(`fetch('/')
    .then((answer) => answer.text())
    .then((html) => [...html.matchAll(/(?:src|href)="([^"]+\\.js)"/g)].map(([, path]) => path))
    .then((paths) => Promise.all(paths.map((path) => fetch(path).then((answer) => answer.text()))))`)
  return texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0)
}
