import type { Api } from './client.ts'
import { type ApiError, asApiError, isFinal } from './errors.ts'
import { appendLines, type LogLine, logLineOf, type LogPieces, NO_LINES } from './log-lines.ts'
import { sleep } from './sleep.ts'
import { FIRST_RETRY_MS, FLUSH_MS, HIDDEN_GRACE_MS, LONGEST_RETRY_MS } from './stream-timing.ts'
import { textLines } from './text-lines.ts'
import { untilVisible, whenHiddenFor } from './visibility.ts'

/** A log as far as it was read, and whether more will come. */
export interface LogSnapshot extends LogPieces {
  readonly phase: 'loading' | 'following' | 'ended' | 'lost' | 'failed'
  readonly error?: ApiError
}

export interface LogStream {
  readonly snapshot: () => LogSnapshot
  readonly subscribe: (listener: () => void) => () => void
  /** Asks again at once for what came since. */
  readonly retry: () => void
  readonly close: () => void
}

export interface LogOptions {
  readonly container: string
  /** Of the container's last life instead of this one; that log has an end. */
  readonly previous: boolean
}

/** How many lines of the past are asked for. */
const TAIL_LINES = 2000
const LONGEST_LINE = 65_536

/** Follows the log of a container (`path` is the pod's `log`) for as long as it is open. */
export function openLogStream(api: Api, path: string, options: LogOptions): LogStream {
  const listeners = new Set<() => void>()
  const closed = new AbortController()
  let attempt = new AbortController()
  let wake: () => void = () => undefined
  let current: LogSnapshot = { phase: 'loading', ...NO_LINES }
  let waiting: LogLine[] = []
  let flushing: ReturnType<typeof setTimeout> | undefined
  let pause = FIRST_RETRY_MS
  const seen = createSeen()

  const tell = (phase: LogSnapshot['phase'], error?: ApiError) => {
    clearTimeout(flushing)
    flushing = undefined
    current = { phase, ...appendLines(current, waiting), ...(error ? { error } : {}) }
    waiting = []
    for (const listener of listeners) listener()
  }

  const read = async (signal: AbortSignal): Promise<void> => {
    const response = await api.fetch(`${path}?${logQuery(options, seen.since())}`, { accept: '*/*', signal })
    pause = FIRST_RETRY_MS
    tell('following')
    for await (const line of textLines(response.body!, LONGEST_LINE)) {
      if (seen.before(line)) continue
      waiting.push(logLineOf(line))
      flushing ??= setTimeout(() => tell('following'), FLUSH_MS)
    }
  }

  const run = async () => {
    while (!closed.signal.aborted) {
      attempt = new AbortController()
      const signal = AbortSignal.any([closed.signal, attempt.signal])
      const woken = new Promise<void>((resolve) => (wake = resolve))
      try {
        await untilVisible(signal)
        await read(signal)
        tell('ended')
        await woken
      } catch (error) {
        if (closed.signal.aborted) return
        if (attempt.signal.aborted) continue
        const problem = asApiError(error, 'the log')
        tell(isFinal(problem) ? 'failed' : 'lost', problem)
        const slept = sleep(pause, closed.signal).catch(() => undefined)
        await (isFinal(problem) ? woken : Promise.race([woken, slept]))
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
    snapshot: () => current,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    retry,
    close() {
      clearTimeout(flushing)
      hidden[Symbol.dispose]()
      closed.abort()
      wake()
    },
  }
}

/** Pure. */
function logQuery({ container, previous }: LogOptions, since: string | undefined): URLSearchParams {
  return new URLSearchParams({
    container,
    timestamps: 'true',
    ...(previous ? { previous: 'true' } : { follow: 'true' }),
    ...(since === undefined ? { tailLines: String(TAIL_LINES) } : { sinceTime: since }),
  })
}

/** Remembers the lines of the last second: the API goes on from a second, not from a line. */
export function createSeen() {
  let second: string | undefined
  let lines = new Set<string>()
  return {
    since: () => second && `${second}Z`,
    /** Whether `line` came before; remembers it otherwise. */
    before(line: string): boolean {
      if (lines.has(line)) return true
      const its = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.exec(line)?.[0]
      if (its === undefined) return false
      if (its !== second) lines = new Set()
      second = its
      lines.add(line)
      return false
    },
  }
}
