import type { Api } from './client.ts'
import { ApiError, asApiError, isFinal } from './errors.ts'
import { jsonLines } from './json-lines.ts'
import { sleep } from './sleep.ts'
import { FIRST_RETRY_MS, FLUSH_MS, HIDDEN_GRACE_MS, LONGEST_RETRY_MS } from './stream-timing.ts'
import { type ColumnDefinition, type Row, rowOf, type Table, TABLE } from './table.ts'
import { untilVisible, whenHiddenFor } from './visibility.ts'
import { applyEvent, type WatchEvent } from './watch-event.ts'

/** A list that stays true: what is there, and whether changes still arrive. */
export interface ListSnapshot {
  readonly phase: 'loading' | 'live' | 'lost' | 'failed'
  readonly columns: readonly ColumnDefinition[]
  readonly rows: readonly Row[]
  /** Why changes do not arrive. */
  readonly error?: ApiError
}

export interface ListStream {
  readonly snapshot: () => ListSnapshot
  readonly subscribe: (listener: () => void) => () => void
  /** Asks again at once. */
  readonly retry: () => void
  readonly close: () => void
}

const PAGE_SIZE = 500

const GONE = 410

/** Lists a collection (`path`, with selectors in `query`) as tables, then watches it, for as long as it is open. */
export function openListStream(
  api: Api,
  path: string,
  query: Readonly<Record<string, string>> = {},
): ListStream {
  const listeners = new Set<() => void>()
  const rows = new Map<string, Row>()
  const closed = new AbortController()
  let attempt = new AbortController()
  let wake: () => void = () => undefined
  let current: ListSnapshot = { phase: 'loading', columns: [], rows: [] }
  let flushing: ReturnType<typeof setTimeout> | undefined

  const tell = (next: Partial<ListSnapshot> & Pick<ListSnapshot, 'phase'>) => {
    clearTimeout(flushing)
    flushing = undefined
    const { error: _error, ...kept } = current
    current = { ...kept, rows: [...rows.values()], ...next }
    for (const listener of listeners) listener()
  }
  const tellSoon = () => {
    flushing ??= setTimeout(() => tell({ phase: current.phase }), FLUSH_MS)
  }

  const list = async (signal: AbortSignal): Promise<string> => {
    const found = new Map<string, Row>()
    let table: Table
    let next = ''
    do {
      const parameters = new URLSearchParams({
        ...query,
        limit: String(PAGE_SIZE),
        ...(next ? { continue: next } : {}),
      })
      table = await api.json<Table>(`${path}?${parameters}`, { accept: TABLE, signal })
      for (const row of (table.rows ?? []).map(rowOf)) found.set(row.key, row)
      next = table.metadata?.continue ?? ''
      const columns = table.columnDefinitions
      if (columns) current = { ...current, columns }
      // A first page is worth showing; a list that is there already is replaced as a whole.
      if (current.phase === 'loading' && next !== '') {
        for (const [key, row] of found) rows.set(key, row)
        tell({ phase: 'loading' })
      }
    } while (next !== '')
    rows.clear()
    for (const [key, row] of found) rows.set(key, row)
    tell({ phase: 'live' })
    return table.metadata?.resourceVersion ?? ''
  }

  /** Resolves with the version at which the server ended the watch, as it does every few minutes. */
  const watch = async (from: string, signal: AbortSignal): Promise<string> => {
    let version = from
    const parameters = new URLSearchParams({
      ...query,
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
    })
    const response = await api.fetch(`${path}?${parameters}`, { accept: TABLE, signal })
    for await (const event of jsonLines<WatchEvent>(response.body!)) {
      if (event.type === 'ERROR') throw new ApiError(event.object.code ?? 500, event.object)
      version = applyEvent(rows, event) ?? version
      if (event.type !== 'BOOKMARK') tellSoon()
    }
    return version
  }

  const run = async () => {
    let pause = FIRST_RETRY_MS
    while (!closed.signal.aborted) {
      attempt = new AbortController()
      const signal = AbortSignal.any([closed.signal, attempt.signal])
      try {
        await untilVisible(signal)
        let version = await list(signal)
        pause = FIRST_RETRY_MS
        for (;;) {
          const began = Date.now()
          version = await watch(version, signal)
          // A server that ends watches at once must not be asked in a circle.
          if (Date.now() - began < FIRST_RETRY_MS) await sleep(FIRST_RETRY_MS, signal)
        }
      } catch (error) {
        if (closed.signal.aborted) return
        // The version is too old: list anew, at once. The same where a person asked for it.
        if (attempt.signal.aborted || (error instanceof ApiError && error.code === GONE)) continue
        const problem = asApiError(error, 'live updates')
        tell({ phase: isFinal(problem) ? 'failed' : 'lost', error: problem })
        // Rights come and go, too, and an API server that has just started says no before it says yes.
        const rest = isFinal(problem) ? LONGEST_RETRY_MS : pause
        const woken = new Promise<void>((resolve) => (wake = resolve))
        await Promise.race([woken, sleep(rest, closed.signal).catch(() => undefined)])
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
