/** How many tests of a run passed, failed and were skipped. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const LINE = /^(\d+) passed, (\d+) failed, (\d+) skipped$/gm

/** The last line of a run of the tests; `.ci/run` and people read it. Pure. */
export const summaryLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`

/** What a run has printed last; a run that failed without any such line is one failure. Pure. */
export function summaryIn(output: string, succeeded: boolean): Counts {
  const last = [...output.matchAll(LINE)].at(-1)
  if (last === undefined) return { passed: 0, failed: succeeded ? 0 : 1, skipped: 0 }
  const [passed, failed, skipped] = last.slice(1).map(Number) as [number, number, number]
  // Something failed that is no test, such as the setup.
  const isUntold = !succeeded && failed === 0 && skipped === 0
  return { passed, failed: isUntold ? 1 : failed, skipped }
}

/** Pure. */
export function addSummaries(all: readonly Counts[]): Counts {
  const sum = (pick: (counts: Counts) => number) => all.reduce((total, counts) => total + pick(counts), 0)
  return { passed: sum(({ passed }) => passed), failed: sum((c) => c.failed), skipped: sum((c) => c.skipped) }
}
