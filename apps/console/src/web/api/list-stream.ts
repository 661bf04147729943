import type { Api } from './client.ts'
import { ApiError, isFinal } from './errors.ts'
import { jsonLines } from './json-lines.ts'
import { FIRST_RETRY_MS, keepReading, LONGEST_RETRY_MS } from './keep-reading.ts'
import { sleep } from './sleep.ts'
import { createSnapshots, type Stream } from './snapshots.ts'
import { type ColumnDefinition, type Row, rowOf, type Table, TABLE } from './table.ts'
import { applyEvent, type WatchEvent } from './watch-event.ts'

/** A list that stays true: what is there, and whether changes still arrive. */
export interface ListSnapshot {
  readonly phase: 'loading' | 'live' | 'lost' | 'failed'
  readonly columns: readonly ColumnDefinition[]
  readonly rows: readonly Row[]
  /** Why changes do not arrive. */
  readonly error?: ApiError
}

const PAGE_SIZE = 500

const GONE = 410

/** Lists a collection (`path`, with selectors in `query`) as tables, then watches it, for as long as it is open. */
export function openListStream(
  api: Api,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Stream<ListSnapshot> {
  const rows = new Map<string, Row>()
  let columns: readonly ColumnDefinition[] = []
  const snapshots = createSnapshots<ListSnapshot>({ phase: 'loading', columns, rows: [] })
  const phase = () => snapshots.snapshot().phase
  const take = (next: ListSnapshot['phase'], error?: ApiError): ListSnapshot => ({
    phase: next,
    columns,
    rows: [...rows.values()],
    ...(error ? { error } : {}),
  })
  const replaceRows = (found: ReadonlyMap<string, Row>) => {
    rows.clear()
    for (const [key, row] of found) rows.set(key, row)
  }

  /** Resolves with the version from which to watch. */
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
      // Those of the first page count, so that they stay the same for whoever compares.
      if (found.size === 0 && table.columnDefinitions) columns = table.columnDefinitions
      for (const row of (table.rows ?? []).map(rowOf)) found.set(row.key, row)
      next = table.metadata?.continue ?? ''
      // A first page is worth showing; a list that is there already is replaced as a whole.
      if (phase() === 'loading' && next !== '') {
        replaceRows(found)
        snapshots.tell(take('loading'))
      }
    } while (next !== '')
    replaceRows(found)
    snapshots.tell(take('live'))
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
      if (event.type !== 'BOOKMARK') snapshots.tellSoon(() => take(phase()))
    }
    return version
  }

  /** Watches until the server no longer knows the version. */
  const follow = async (from: string, signal: AbortSignal): Promise<void> => {
    let version = from
    try {
      for (;;) {
        const began = Date.now()
        version = await watch(version, signal)
        // A server that ends watches at once must not be asked in a circle.
        if (Date.now() - began < FIRST_RETRY_MS) await sleep(FIRST_RETRY_MS, signal)
      }
    } catch (error) {
      if (!(error instanceof ApiError && error.code === GONE)) throw error
    }
  }

  const reader = keepReading({
    what: 'live updates',
    async read(signal, onAnswer) {
      for (;;) {
        const version = await list(signal)
        onAnswer()
        await follow(version, signal)
      }
    },
    onEnd: () => undefined,
    onProblem: (problem) => snapshots.tell(take(isFinal(problem) ? 'failed' : 'lost', problem)),
    // Rights come and go, and an API server that has just started says no before it says yes.
    afterRefusalMs: LONGEST_RETRY_MS,
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
