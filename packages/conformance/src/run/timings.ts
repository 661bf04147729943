import type { Cell, RunResult } from '../result.ts'

/** How long answers took by each way in. Pure. */
export function timingsPerPath(cells: readonly Cell[]): RunResult['timings']['perPath'] {
  const byPath = Map.groupBy(cells, ({ path }) => path)
  return Object.fromEntries(
    [...byPath].map(([path, own]) => {
      const sorted = own.map(({ actual }) => actual.evidence.durationMs).toSorted((a, b) => a - b)
      const at = (fraction: number) =>
        sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0
      return [path, { cells: own.length, medianMs: at(0.5), p99Ms: at(0.99) }]
    }),
  )
}
