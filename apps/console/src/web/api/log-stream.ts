import type { Api } from './client.ts'
import { type ApiError, isFinal } from './errors.ts'
import { keepReading } from './keep-reading.ts'
import { appendLines, type LogLine, logLineOf, type LogPieces, NO_LINES } from './log-lines.ts'
import { createSnapshots, type Stream } from './snapshots.ts'
import { textLines } from './text-lines.ts'

/** A log as far as it was read, and whether more will come. */
export interface LogSnapshot extends LogPieces {
  readonly phase: 'loading' | 'following' | 'ended' | 'lost' | 'failed'
  readonly error?: ApiError
}

export interface LogOptions {
  readonly container: string
  /** Of the container's last life instead of this one; that log has an end. */
  readonly previous: boolean
}

/** How many lines of the past are asked for. */
const TAIL_LINES = 2000
const LONGEST_LINE = 65_536

/** Follows the log of a container (`path` is the pod's `log`) for as long as it is open; goes on where it was. */
export function openLogStream(api: Api, path: string, options: LogOptions): Stream<LogSnapshot> {
  const snapshots = createSnapshots<LogSnapshot>({ phase: 'loading', ...NO_LINES })
  let waiting: LogLine[] = []
  const seen = createSeen()
  const take = (phase: LogSnapshot['phase'], error?: ApiError): LogSnapshot => {
    const pieces = appendLines(snapshots.snapshot(), waiting)
    waiting = []
    return { phase, ...pieces, ...(error ? { error } : {}) }
  }
  const reader = keepReading({
    what: 'the log',
    async read(signal, onAnswer) {
      const response = await api.fetch(`${path}?${logQuery(options, seen.since())}`, {
        accept: '*/*',
        signal,
      })
      onAnswer()
      snapshots.tell(take('following'))
      for await (const line of textLines(response.body!, LONGEST_LINE)) {
        if (seen.before(line)) continue
        waiting.push(logLineOf(line))
        snapshots.tellSoon(() => take('following'))
      }
    },
    onEnd: () => snapshots.tell(take('ended')),
    onProblem: (problem) => snapshots.tell(take(isFinal(problem) ? 'failed' : 'lost', problem)),
  })
  return {
    ...snapshots,
    retry: reader.retry,
    close() {
      snapshots.stop()
      reader.close()
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
