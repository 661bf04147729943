import { planCells, planQuestions, type Shard, uncoveredBy } from '../plan/cells.ts'
import { compileExpectations } from '../plan/expectations.ts'
import { totalsOf } from '../judge/verdict.ts'
import type { RunResult } from '../result.ts'
import type { LoadedSpec } from '../spec/load.ts'
import { checkCells } from './check-cells.ts'
import { makeDisposables, removeDisposables } from './disposables.ts'
import type { RunProgress } from './progress.ts'
import { openSession, type Session, type Target } from './session.ts'
import { timingsPerPath } from './timings.ts'

export interface RunOptions {
  readonly spec: LoadedSpec
  readonly target: Target
  readonly shard: Shard | null
  readonly signal: AbortSignal
  readonly onProgress: (progress: RunProgress) => void
}

/**
 * Checks a spec against a cluster: everybody logs in, every cell is asked, every answer is looked up in the audit
 * log and compared. A run that was killed goes on where it was; one whose cluster goes away says what is missing.
 *
 * @throws ConformanceError, the signal's reason
 */
export async function runSpec(options: RunOptions): Promise<RunResult> {
  const { spec: loaded, target, shard, signal, onProgress } = options
  const { spec } = loaded
  const startedAt = performance.now()
  onProgress({ step: 'logging in, and asking the cluster what it serves' })
  await using session = await openSession({ spec: loaded, target, purpose: 'spec', shard, signal })
  const openedAt = performance.now()

  const expectations = compileExpectations(loaded)
  const questions = planQuestions(spec, session.catalogue, session.places)
  const expectationOf = ({ question }: (typeof questions)[number]) => expectations.of(question)
  const cells = planCells(questions, session.paths, expectationOf, { shard, withUnexpected: false })
  expectations.requireAllUsed()

  onProgress({ step: 'making disposable namespaces' })
  const { runName } = session.journal.head
  const pods = await makeDisposables(spec, session.places, {
    ...session,
    ...target,
    runName,
    signal,
    api: session.setup,
  })
  const setUpAt = performance.now()
  const checked = await checkCells(session, cells, { target, pods, signal, onProgress })
  if (checked.missing.length === 0) await finish(session, signal, onProgress)
  return {
    version: 1,
    mode: 'spec',
    ...describe(options, session),
    shard,
    complete: checked.missing.length === 0,
    missing: [...checked.missing],
    cells: [...checked.cells],
    disagreements: [...checked.disagreements],
    uncovered: shard === null ? uncoveredBy(cells, questions) : [],
    baseline: null,
    mutations: null,
    totals: totalsOf(checked.cells),
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

/** Leaves nothing behind. */
async function finish(
  { places, setup, journal }: Session,
  signal: AbortSignal,
  onProgress: RunOptions['onProgress'],
): Promise<void> {
  onProgress({ step: 'removing disposable namespaces' })
  await removeDisposables(places, setup, signal)
  await journal.remove()
}

/** What was run against what. */
function describe({ spec: { spec, file, digest }, target }: RunOptions, session: Session) {
  return {
    spec: { name: spec.name, file, digest },
    cluster: { server: target.api.server, version: session.catalogue.version },
    personas: [...session.personas.values()].map(({ id, username, groups }) => ({
      id,
      user: spec.personas[id]!.user,
      groups: spec.personas[id]!.groups,
      subject: { username, groups: [...groups] },
    })),
    places: session.places.map(({ id, namespace }) => ({ id, namespace })),
    paths: session.paths.map(({ id, server }) => ({ id, server })),
    startedAt: session.journal.head.startedAt,
  }
}
