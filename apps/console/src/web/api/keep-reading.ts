import { type ApiError, asApiError, isFinal } from './errors.ts'
import { sleep } from './sleep.ts'
import { untilVisible, whenHiddenFor } from './visibility.ts'

export const FIRST_RETRY_MS = 1000
export const LONGEST_RETRY_MS = 15_000
/** A tab that nobody sees gives its connection back after this time. */
const HIDDEN_GRACE_MS = 30_000

/** What is read, and what is to happen when it can't be read on. */
export interface Reading {
  /** For a person: what breaks off. */
  readonly what: string
  /**
   * Reads until there is nothing more to come; `onAnswer` tells that the server has answered, so that a problem
   * after that is a new one.
   */
  readonly read: (signal: AbortSignal, onAnswer: () => void) => Promise<void>
  readonly onEnd: () => void
  readonly onProblem: (problem: ApiError) => void
  /** When to ask again after a no, in milliseconds; without it only a person does. */
  readonly afterRefusalMs?: number
}

export interface Reader {
  /** Reads anew, at once. */
  readonly retry: () => void
  readonly close: () => void
}

/** Reads for as long as the tab is seen and the reader open: what breaks off is tried again, ever more slowly. */
export function keepReading({ what, read, onEnd, onProblem, afterRefusalMs }: Reading): Reader {
  const closed = new AbortController()
  let attempt = new AbortController()
  let wake: () => void = () => undefined
  let pause = FIRST_RETRY_MS
  const onAnswer = () => (pause = FIRST_RETRY_MS)

  const run = async () => {
    while (!closed.signal.aborted) {
      attempt = new AbortController()
      const signal = AbortSignal.any([closed.signal, attempt.signal])
      const woken = new Promise<void>((resolve) => (wake = resolve))
      try {
        await untilVisible(signal)
        await read(signal, onAnswer)
        onEnd()
        await woken
      } catch (error) {
        if (closed.signal.aborted) return
        if (attempt.signal.aborted) continue
        const problem = asApiError(error, what)
        onProblem(problem)
        const rest = isFinal(problem) ? afterRefusalMs : pause
        const slept = rest === undefined ? [] : [sleep(rest, closed.signal).catch(() => undefined)]
        await Promise.race([woken, ...slept])
        pause = Math.min(pause * 2, LONGEST_RETRY_MS)
      }
    }
  }

  const retry = () => {
    attempt.abort()
    wake()
  }
  const hidden = whenHiddenFor(HIDDEN_GRACE_MS, () => attempt.abort())
  void run()
  return {
    retry,
    close() {
      hidden[Symbol.dispose]()
      closed.abort()
      wake()
    },
  }
}
