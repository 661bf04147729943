import type { Page } from 'playwright-core'

/** What a browser needs between frames, and when the page kept it from drawing. Milliseconds. */
export interface Frames {
  readonly count: number
  readonly medianMs: number
  readonly p95Ms: number
  readonly longestMs: number
  /** Work that kept the page for more than 50 ms at a time. */
  readonly longTasks: { readonly count: number; readonly totalMs: number }
}

/** Before a page's own scripts: promises when its navigation can be used, in milliseconds since it was opened. */
export const PROMISE_INTERACTIVE = `
  window.interactive = new Promise((resolve) => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('[data-page=overview]')) return
      if (!document.querySelector('nav[data-pending=false]')) return
      observer.disconnect()
      // Drawn, and free for the next click.
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now())))
    }).observe(document, { subtree: true, childList: true, attributes: true })
  })
`

export const interactiveMs = (page: Page): Promise<number> => page.evaluate<number>('window.interactive')

/** Scrolls a list up and down for some milliseconds, a bit with each frame. */
export function scroll(page: Page, milliseconds: number): Promise<Frames> {
  return page.evaluate<Frames>(`new Promise((resolve) => {
    const scroller = document.querySelector('.gh-scroller')
    const frames = []
    const tasks = []
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()))
    observer.observe({ type: 'longtask' })
    const begin = performance.now()
    let before = begin
    let down = 1
    const step = (now) => {
      frames.push(now - before)
      before = now
      if (scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1) down = -1
      if (scroller.scrollTop <= 0) down = 1
      scroller.scrollTop += down * 120
      if (now - begin < ${milliseconds}) return requestAnimationFrame(step)
      observer.disconnect()
      const sorted = frames.slice(1).toSorted((a, b) => a - b)
      const at = (share) => sorted[Math.floor((sorted.length - 1) * share)]
      const totalMs = tasks.reduce((sum, { duration }) => sum + duration, 0)
      const longTasks = { count: tasks.length, totalMs }
      resolve({ count: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), longestMs: at(1), longTasks })
    }
    requestAnimationFrame(step)
  })`)
}

/** How many rows a list said it has, and when (milliseconds since the epoch): each time that it changed. */
export interface CountChange {
  readonly at: number
  readonly count: number
}

/** Begins to remember what the list's count becomes; `stop` resolves with it. */
export async function followCount(page: Page): Promise<{ readonly stop: () => Promise<CountChange[]> }> {
  await page.evaluate(`
    window.counts = []
    window.countObserver = new MutationObserver(() => {
      window.counts.push({ at: Date.now(), count: Number(document.querySelector('[data-count]').dataset.count) })
    })
    window.countObserver.observe(document.querySelector('[data-count]'), { attributes: true })
  `)
  return {
    stop: () => page.evaluate<CountChange[]>('(window.countObserver.disconnect(), window.counts)'),
  }
}
