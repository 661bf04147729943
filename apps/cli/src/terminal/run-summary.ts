import type { Cell, RunResult } from '@gatehouse/conformance'
import type { Colors } from 'picocolors/types.js'

const MAX_CELLS = 20

/** What came of a conformance run, in a few lines: what is wrong, what is missing, and the sum. Pure. */
export function summarizeRun(result: RunResult, colors: Colors): string[] {
  const { cells, missing, totals, timings, cluster } = result
  const wrong = cells.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'uncovered')
  const hidden = wrong.length - MAX_CELLS
  const isGood = result.complete && wrong.length === 0
  const counts = [
    `${totals.pass} of ${totals.cells} cells pass`,
    ...(['fail', 'disagreement', 'inconclusive', 'uncovered'] as const)
      .filter((verdict) => totals[verdict] > 0)
      .map((verdict) => `${totals[verdict]} ${verdict}`),
  ]
  const perPath = Object.entries(timings.perPath).map(
    ([path, { cells: count, medianMs }]) => `${path} ${count} (median ${medianMs.toFixed(0)} ms)`,
  )
  return [
    ...wrong
      .slice(0, MAX_CELLS)
      .map((cell) => `${colors.red(cell.verdict)}  ${describeCell(cell)}: ${cell.why}`),
    ...(hidden > 0 ? [colors.dim(`and ${hidden} more; --json has them all`)] : []),
    ...missing.map((sentence) => colors.red(sentence)),
    `${result.spec.name}, ${cluster.server} (${cluster.version})`,
    `${timings.cellsPerSecond.toFixed(0)} cells/s: ${perPath.join(', ')}; ${(timings.totalMs / 1000).toFixed(1)} s in all`,
    (isGood ? colors.green : colors.red)(counts.join(', ')),
  ]
}

/** A cell as a sentence without its answer. Pure. */
function describeCell(cell: Cell): string {
  const { persona, verb, group, resource, subresource, name, nonResourcePath, place, transport, path } = cell
  const object = `${resource}${group && `.${group}`}${subresource && `/${subresource}`}${name && ` ${name}`}`
  const by = transport === 'http' ? path : `${path} (${transport})`
  return `${persona} ${verb} ${nonResourcePath || object} in ${place} by ${by}`
}
