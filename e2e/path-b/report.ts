import { type Cell, cells, requestOf } from './access-table.ts'
import { type Outcome, tryCell } from './attempt.ts'
import { readFinding, writeFinding } from './findings.ts'
import { openPathB, type PathB } from './path-b.ts'
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
async function tryCells(
  some: readonly Cell[],
  stack: PathB['stack'],
  observer: PathB['observer'],
): Promise<Record<string, Outcome>> {
  const outcomes: Record<string, Outcome> = {}
  const left = some.values()
  const tryOneByOne = async () => {
    for (const cell of left) outcomes[questionOf(cell)] = await tryCell(cell, stack, observer)
  }
  await Promise.all(Array.from({ length: 5 }, tryOneByOne))
  return outcomes
}

export const writeReport = (report: Report): Promise<void> => writeFinding(nameOf(report.provider), report)

/** What the embedded cluster says to some questions: by the report of this run, or of a stack for it where there is none. */
export async function embeddedReport(some: readonly Cell[] = cells): Promise<Report> {
  const provider = 'embedded'
  const { outcomes } = (await readFinding<Report>(nameOf(provider))) ?? (await tryEmbedded(some))
  return { provider, outcomes: Object.fromEntries(some.map(questionOf).map((one) => [one, outcomes[one]!])) }
}

async function tryEmbedded(some: readonly Cell[]): Promise<Pick<Report, 'outcomes'>> {
  await using pathB = await openPathB('embedded')
  return { outcomes: await tryCells(some, pathB.stack, pathB.observer) }
}

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
