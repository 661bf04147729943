import { totalsOf } from '../judge/verdict.ts'
import { cellsOfShard, type PlannedCell, type Shard } from '../plan/cells.ts'
import type { Cell, RunResult } from '../result.ts'
import type { LoadedSpec } from '../spec/load.ts'
import { checkCells } from './check-cells.ts'
import { makeDisposables, removeDisposables } from './disposables.ts'
import type { RunProgress } from './progress.ts'
import { describeRun, openSession, type Session, type Target } from './session.ts'
import { timingsPerPath } from './timings.ts'

export interface RunOptions {
  readonly spec: LoadedSpec
  readonly target: Target
  readonly shard: Shard | null
  readonly signal: AbortSignal
  readonly onProgress: (progress: RunProgress) => void
}

/** What sets one kind of run apart from another. */
export interface RunPlan {
  readonly mode: RunResult['mode']
  /**
   * All cells, whatever the shard; before anything is made in the cluster.
   *
   * @throws ConformanceError for a plan that does not fit it
   */
  readonly cells: (session: Session) => { cells: readonly PlannedCell[]; uncovered: RunResult['uncovered'] }
  /** What becomes of the cells of a run that came to its end, before the cluster is left. */
  readonly conclude?: (
    cells: readonly Cell[],
    session: Session,
  ) => Promise<Partial<Pick<RunResult, 'cells' | 'baseline' | 'mutations'>>>
}

/**
 * The life of a run: everybody logs in, every cell is asked, every answer is looked up in the audit log and
 * compared. A run that was killed goes on where it was; one whose cluster goes away, or has an aggregated API that is
 * away, says what is missing.
 *
 * @throws ConformanceError, the signal's reason
 */
export async function run(options: RunOptions, plan: RunPlan): Promise<RunResult> {
  const { spec: loaded, target, shard, signal, onProgress } = options
  const startedAt = performance.now()
  onProgress({ step: 'logging in, and asking the cluster what it serves' })
  await using session = await openSession({ spec: loaded, target, purpose: plan.mode, shard, signal })
  const { cells: all, uncovered } = plan.cells(session)
  const cells = cellsOfShard(all, shard)
  const openedAt = performance.now()

  onProgress({ step: 'making disposable namespaces' })
  const { runName } = session.journal.head
  const pods = await makeDisposables(loaded.spec, session.places, {
    ...session,
    runName,
    podImage: target.podImage,
    signal,
    api: session.setup,
  })
  const setUpAt = performance.now()
  const checked = await checkCells(session, cells, { target, pods, signal, onProgress })
  const missing = session.catalogue.unavailable.map(
    ({ group, version }) => `${group}/${version} is not available, so it may serve more than was checked`,
  )
  missing.push(...checked.missing)
  const concluded = { cells: [...checked.cells], baseline: null, mutations: null }
  if (checked.missing.length === 0) {
    try {
      Object.assign(concluded, await plan.conclude?.(checked.cells, session))
    } finally {
      onProgress({ step: 'removing disposable namespaces' })
      await leave(session, signal).catch((error: Error) => {
        signal.throwIfAborted()
        missing.push(`disposable namespaces were not removed, the next run will: ${error.message}`)
      })
    }
  }
  return {
    version: 1,
    mode: plan.mode,
    ...describeRun(loaded, target, session),
    shard,
    complete: missing.length === 0,
    missing,
    ...concluded,
    disagreements: [...checked.disagreements],
    uncovered,
    totals: totalsOf(concluded.cells),
    timings: {
      loginMs: openedAt - startedAt,
      setupMs: setUpAt - openedAt,
      requestsMs: checked.askedMs,
      auditMs: checked.auditMs,
      totalMs: performance.now() - startedAt,
      cellsPerSecond: checked.asked / (checked.askedMs / 1000),
      perPath: timingsPerPath(checked.cells),
    },
  }
}

/** Leaves nothing behind, neither in the cluster nor here. */
async function leave({ places, setup, journal }: Session, signal: AbortSignal): Promise<void> {
  await removeDisposables(places, setup, signal)
  await journal.remove()
}
