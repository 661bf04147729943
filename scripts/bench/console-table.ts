import type { ConsoleBenchResult } from './console.ts'
import type { Frames } from './page-measures.ts'
import { median } from './statistics.ts'

/** The result for a person. Pure. */
export function consoleTable(result: ConsoleBenchResult): string {
  const { firstPageMs, pods, firstRowsMs, completeMs, quiet, changes, bundleBytes, loadAverage, steal } =
    result
  const each = firstPageMs.map((ms) => ms.toFixed(0)).join(', ')
  return [
    `console: load average ${loadAverage.map((load) => load.toFixed(1)).join(' to ')}, steal ${(steal * 100).toFixed(1)} %`,
    `first page after the login   ${median(firstPageMs).toFixed(0)} ms until it can be used (${each})`,
    `JavaScript before it         ${(bundleBytes / 1024).toFixed(0)} KB gzip`,
    `${pods} pods                    first rows ${firstRowsMs.toFixed(0)} ms, all ${completeMs.toFixed(0)} ms`,
    `scrolled                     ${framesText(quiet)}`,
    `with ${changes.perSecond} changes a second    ${framesText(changes.frames)}`,
    `shown                        ${changes.shownPerSecond.toFixed(0)} changes/s, ${changes.lagMs.median.toFixed(0)} ms after the API server's answer (p95 ${changes.lagMs.p95.toFixed(0)} ms)`,
    '',
  ].join('\n')
}

function framesText({ medianMs, p95Ms, longestMs, longTasks }: Frames): string {
  return `frames of ${medianMs.toFixed(0)} ms (p95 ${p95Ms.toFixed(0)}, longest ${longestMs.toFixed(0)}), ${longTasks.count} long tasks of ${longTasks.totalMs.toFixed(0)} ms in all`
}
