import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject, vi } from 'vitest'
import { type Cell, requestOf } from './access-table.ts'
import { type Outcome, tryCell } from './attempt.ts'
import type { PathB } from './path-b.ts'
import type { Provider } from './pods.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder of this run of the tests alone. */
    reportDirectory: string
    /** Whether the tests that need Docker and the others run at the same time. */
    runsSideBySide: boolean
  }
}

/** What path B gave on one provider: the outcome of each cell, by its question. */
export interface Report {
  readonly provider: Provider
  readonly outcomes: Readonly<Record<string, Outcome>>
}

/** The question of a cell, without its answer. */
export function questionOf(cell: Cell): string {
  return `${cell.persona}: ${requestOf(cell)}`
}

/** Tries the cells, for a run without the tests that would do so. */
export async function makeReport(
  { provider, stack, observer }: PathB,
  cells: readonly Cell[],
): Promise<Report> {
  const outcomes: Record<string, Outcome> = {}
  const left = cells.values()
  const tryOneByOne = async () => {
    for (const cell of left) outcomes[questionOf(cell)] = await tryCell(cell, stack, observer)
  }
  await Promise.all(Array.from({ length: 5 }, tryOneByOne))
  return { provider, outcomes }
}

/** Keeps the report as JSON for as long as this run of the tests goes on. */
export async function writeReport(report: Report): Promise<void> {
  await mkdir(inject('reportDirectory'), { recursive: true })
  await writeFile(fileOf(report.provider), JSON.stringify(report, undefined, 2))
}

/** The report of the provider in this run; undefined when nobody has tried it yet. */
async function readReport(provider: Provider): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(provider), 'utf8')) as Report
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}

/** The report of the provider, whose tests run beside these or have run before; undefined when they do not. */
export async function awaitReport(provider: Provider): Promise<Report | undefined> {
  if (!inject('runsSideBySide')) return readReport(provider)
  return vi.waitUntil(() => readReport(provider), { timeout: 900_000, interval: 1000 })
}

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

function fileOf(provider: Provider): string {
  return join(inject('reportDirectory'), `path-b-${provider}.json`)
}
