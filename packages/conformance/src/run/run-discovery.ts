import { basename } from 'node:path'
import { compareWithBaseline } from '../baseline/compare.ts'
import { readBaseline, resultIn, toBaseline, writeBaseline } from '../baseline/document.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { ConformanceError } from '../errors.ts'
import { planCells, planQuestions } from '../plan/cells.ts'
import type { Cell, RunResult } from '../result.ts'
import { run, type RunOptions } from './run.ts'
import type { Session } from './session.ts'

export interface DiscoveryOptions extends RunOptions {
  /** The committed file with what was accepted. */
  readonly baselineFile: string
  /** Write that file anew with what is found. */
  readonly accept: boolean
}

/**
 * Tries everything that the cluster serves as every persona of a spec, whatever its rules say, and compares with
 * a baseline: a change in anybody's reach is a difference, until somebody accepts it.
 *
 * @throws ConformanceError `ERR_BASELINE` without a baseline, or where what was found can't be accepted
 */
export async function runDiscovery(options: DiscoveryOptions): Promise<RunResult> {
  const {
    spec: { spec },
    baselineFile,
    accept,
    shard,
  } = options
  const baseline = await readBaseline(baselineFile)
  if (!baseline && !accept) {
    throw new ConformanceError('ERR_BASELINE', `there is no baseline ${baselineFile}; make one with --accept`)
  }
  if (accept && shard)
    throw new ConformanceError('ERR_BASELINE', 'a shard is a part only; accept without --shard')
  const questionsOf = ({ catalogue, places }: Session) =>
    planQuestions({ ...spec, rules: [] }, catalogue, places)
  return run(options, {
    mode: 'discovery',
    cells(session) {
      if (accept) requireAvailable(session.catalogue)
      const cells = planCells(
        questionsOf(session),
        session.paths,
        ({ question }) => {
          const expected = resultIn(baseline, question)
          return {
            expected: expected === 'inconclusive' ? null : expected,
            rule: expected === null ? '' : basename(baselineFile),
            paths: spec.paths,
            isExplicit: false,
          }
        },
        { withUnexpected: true },
      )
      return { cells, uncovered: [] }
    },
    async conclude(cells, session) {
      const served = questionsOf(session).map(({ question }) => question)
      const { unavailable } = session.catalogue
      const changes = compareWithBaseline(baseline, cells, served).filter(
        // What is away has not vanished.
        ({ after, group }) => after !== null || !unavailable.some((away) => away.group === group),
      )
      // What vanished is nobody's part, and told once.
      const seen = shard && shard.index > 1 ? changes.filter(({ after }) => after !== null) : changes
      if (!accept) return { baseline: { file: baselineFile, accepted: false, changes: seen } }
      requireConclusive(cells)
      await writeBaseline(baselineFile, toBaseline(cells))
      return { cells: cells.map(accepted), baseline: { file: baselineFile, accepted: true, changes } }
    },
  })
}

function requireAvailable({ unavailable }: Catalogue): void {
  if (unavailable.length === 0) return
  const names = unavailable.map(({ group, version }) => `${group}/${version}`).join(', ')
  const message = `${names} can't be asked what it serves, so a baseline would be without it; mend or remove its APIService`
  throw new ConformanceError('ERR_BASELINE', message)
}

function requireConclusive(cells: readonly Cell[]): void {
  const open = cells.filter(({ verdict }) => verdict === 'inconclusive' || verdict === 'disagreement')
  const [first] = open
  if (!first) return
  const message = `${open.length} cells are no clear yes or no, so there is nothing to accept; the first: ${first.persona} ${first.verb} ${first.resource || first.nonResourcePath} by ${first.path}: ${first.why}`
  throw new ConformanceError('ERR_BASELINE', message)
}

/** From now on it is what is expected. */
function accepted(cell: Cell): Cell {
  const { result } = cell.actual
  return result === 'inconclusive' ? cell : { ...cell, expected: result, verdict: 'pass', why: '' }
}
