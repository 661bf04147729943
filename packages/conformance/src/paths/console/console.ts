import { setTimeout as delay } from 'node:timers/promises'
import type { Chromium } from '@gatehouse/browser'
import { judge } from '../../judge/judge.ts'
import type { LoggedIn, Path, PathAnswer } from '../path.ts'
import { logIn, type Page, type Response } from './log-in.ts'
import { type Visit, visitOf } from './visit.ts'

const TIMEOUT_MS = 30_000
/** Tabs at one time. */
const CONCURRENCY = 3
/** A page that says what it has to say, whatever that is. */
const SETTLED =
  '[data-phase=live], [role=tablist], [data-page=denied], [data-page=no-namespace], [data-page^=problem-]'
/** What a page shows that has asked whether somebody may, and was told no. */
const WITHOUT_ASKING = '[data-page=denied], [data-page=no-namespace]'

export interface ConsolePathOptions {
  /** https://host:port of the console. */
  readonly url: string
  /** PEM; the browser trusts it. */
  readonly certificateAuthority: string
  readonly passwordOf: (username: string) => Promise<string>
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * The way in with a browser: what the console offers a person, and lets the person do. A browser is started, and
 * people log in, when the first of them asks. What its default takes for granted is not asked.
 */
export function consolePath({ url, certificateAuthority, passwordOf, env }: ConsolePathOptions): Path {
  let started: Promise<Chromium> | undefined
  const start = async () => {
    // Loaded only here: playwright is large, and most runs need no browser.
    const { startChromium } = await import('@gatehouse/browser')
    return startChromium({ authorities: [certificateAuthority], env })
  }
  const pages = new Map<string, Promise<Page>>()
  const turns = new Map<string, Promise<unknown>>()
  const pageOf = async ({ id, username }: LoggedIn): Promise<Page> => {
    started ??= start()
    const { browser } = await started
    const known = pages.get(id)
    if (known) return known
    const opened = browser.newContext().then(async (context) => {
      const page = await context.newPage()
      page.setDefaultTimeout(TIMEOUT_MS)
      await logIn(page, url, username, await passwordOf(username))
      return page
    })
    // Who could not log in tries again with the next question.
    opened.catch(() => pages.delete(id))
    pages.set(id, opened)
    return opened
  }
  /** Everybody has one tab, so everybody's questions come one after the other. */
  const inTurn = <T>(persona: LoggedIn, work: () => Promise<T>): Promise<T> => {
    const mine = (turns.get(persona.id) ?? Promise.resolve()).then(work)
    turns.set(
      persona.id,
      mine.catch(() => undefined),
    )
    return mine
  }
  return {
    id: 'console',
    server: url,
    isDirect: false,
    answersByOffers: true,
    concurrency: CONCURRENCY,
    canAsk: (planned, isExplicit) =>
      isExplicit &&
      visitOf(planned, { name: 'x', pods: new Map([[planned.question.namespace, 'x']]) }) !== undefined,
    async ask({ planned, persona, context, signal }) {
      const { question } = planned
      const visit = visitOf(planned, context)
      const startedAt = performance.now()
      const answer = (
        result: PathAnswer['result'],
        evidence: Partial<PathAnswer['evidence']>,
      ): PathAnswer => ({
        result,
        evidence: {
          request: `open ${visit?.address ?? ''}`,
          status: null,
          reason: '',
          message: '',
          auditId: '',
          ...evidence,
          durationMs: performance.now() - startedAt,
        },
      })
      if (!visit)
        return answer('inconclusive', { message: `the run has no pod in ${question.namespace} to look at` })
      try {
        const seen = await inTurn(persona, async () => look(await pageOf(persona), url, visit))
        signal.throwIfAborted()
        if ('offered' in seen) {
          return answer(seen.offered ? 'allowed' : 'denied', { message: seen.words })
        }
        const { status, auditId } = seen
        const judged =
          status === 200 ? { result: 'allowed' as const } : judge(seen, question, persona.username)
        return answer(judged.result, { ...judged, status, auditId })
      } catch (error) {
        signal.throwIfAborted()
        return { ...answer('inconclusive', { message: (error as Error).message }), retryAfterMs: 200 }
      }
    },
    async [Symbol.asyncDispose]() {
      // One that could not be started was every question's answer.
      const chromium = await started?.catch(() => undefined)
      await chromium?.[Symbol.asyncDispose]()
    },
  }
}

/** What a page offered, where it asked the API nothing about it, or how the API answered. */
type Seen =
  | { readonly offered: boolean; readonly words: string }
  | { readonly status: number; readonly contentType: string; readonly body: string; readonly auditId: string }

async function look(page: Page, url: string, { address, offer, request }: Visit): Promise<Seen> {
  const found = Promise.withResolvers<Response>()
  let answered: Response | undefined
  const listen = (response: Response) => {
    const { pathname, searchParams } = new URL(response.url())
    if (pathname !== request || response.request().method() !== 'GET' || searchParams.has('watch')) return
    answered ??= response
    found.resolve(response)
  }
  page.on('response', listen)
  try {
    await page.goto(`${url}${address}`)
    await page.locator(SETTLED).first().waitFor()
    await page.locator('nav[data-pending=false]').waitFor()
    await page.locator('[data-pending=true]').first().waitFor({ state: 'detached' })
    if (offer) {
      const locator =
        'tab' in offer
          ? page.getByRole('tab', { name: offer.tab })
          : page.locator(`[data-action=${offer.action}]`)
      if ((await locator.count()) === 0) return { offered: false, words: 'the page does not offer it' }
      if (request === undefined) return { offered: true, words: 'the page offers it' }
      await locator.click()
    } else if (answered === undefined && (await page.locator(WITHOUT_ASKING).count()) > 0) {
      return { offered: false, words: 'the page says that it is not allowed' }
    }
    const response = await Promise.race([found.promise, delay(TIMEOUT_MS, undefined, { ref: false })])
    if (!response) throw new Error(`the page ${address} did not ask for ${request ?? ''}`)
    const headers = response.headers()
    return {
      status: response.status(),
      contentType: headers['content-type'] ?? '',
      body: response.status() === 200 ? '' : await response.text(),
      auditId: headers['audit-id'] ?? '',
    }
  } finally {
    page.off('response', listen)
  }
}
