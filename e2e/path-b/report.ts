import { type Cell, requestOf } from './access-table.ts'
import { type Outcome, tryCell } from './attempt.ts'
import { readFinding, writeFinding } from './findings.ts'
import type { PathB } from './path-b.ts'
import type { Provider } from './pods.ts'

/** What path B gave on one provider: the outcome of each cell, by its question. */
export interface Report {
  readonly provider: Provider
  readonly outcomes: Readonly<Record<string, Outcome>>
}

/** The question of a cell, without its answer. */
export function questionOf(cell: Cell): string {
  return `${cell.persona}: ${requestOf(cell)}`
}

/** Tries the cells, a few at a time; what came of each, by its question. */
export async function tryCells(
  cells: readonly Cell[],
  stack: PathB['stack'],
  observer: PathB['observer'],
): Promise<Record<string, Outcome>> {
  const outcomes: Record<string, Outcome> = {}
  const left = cells.values()
  const tryOneByOne = async () => {
    for (const cell of left) outcomes[questionOf(cell)] = await tryCell(cell, stack, observer)
  }
  await Promise.all(Array.from({ length: 5 }, tryOneByOne))
  return outcomes
}

/** For a run without the tests that would try the cells. */
export async function makeReport(
  { provider, stack, observer }: PathB,
  cells: readonly Cell[],
): Promise<Report> {
  return { provider, outcomes: await tryCells(cells, stack, observer) }
}

export const writeReport = (report: Report): Promise<void> => writeFinding(nameOf(report.provider), report)

/** The report of the provider in this run; undefined when nobody has tried it yet. */
export const readReport = (provider: Provider): Promise<Report | undefined> => readFinding(nameOf(provider))

const nameOf = (provider: Provider) => `path-b-${provider}`

/** In which questions the two differ, and what each says. Pure. */
export function differences(one: Report, other: Report): string[] {
  const questions = new Set([one, other].flatMap(({ outcomes }) => Object.keys(outcomes)))
  return [...questions].flatMap((question) => {
    const [first, second] = [one, other].map((report) => wordsOf(report.outcomes[question]))
    if (first === second) return []
    return [`${question}: ${one.provider} says ${first}; ${other.provider} says ${second}`]
  })
}

function wordsOf(outcome: Outcome | undefined): string {
  if (outcome === undefined) return 'nothing'
  return outcome.refusal === undefined ? outcome.answer : `${outcome.answer} (${outcome.refusal})`
}
