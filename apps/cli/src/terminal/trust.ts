import type { Anchor, StoreReport } from '@gatehouse/trust'
import type { Colors } from 'picocolors/types.js'
import { columns, oneLine } from './table.ts'

export type TrustChange = 'add' | 'remove' | 'none'

/** Whether a store is as the command wants it; the status wants trust. Pure. */
export function isAsWanted({ state }: StoreReport, change: TrustChange): boolean {
  return state === (change === 'remove' ? 'absent' : 'trusted')
}

/** One line per store, what to do by hand below it, and what it means at the end. Pure. */
export function describeTrust(
  reports: readonly StoreReport[],
  anchor: Anchor,
  change: TrustChange,
  colors: Colors,
): string[] {
  const rows = columns(reports.map((report) => [report.title, sentenceOf(report), report.place]))
  const lines = reports.flatMap((report, index) => [
    `${isAsWanted(report, change) ? colors.green('✓') : colors.yellow('!')} ${rows[index]}`,
    ...remedyOf(report, colors),
  ])
  const done = reports.some(({ changed }) => changed)
  return [
    ...(lines.length > 0 ? lines : ['No store of trusted authorities is known on this machine.']),
    ...(change === 'add' ? ['', ...warning(anchor)] : []),
    ...(done ? ['', 'Browsers that run see the change after their next start.'] : []),
  ]
}

function sentenceOf({ state, changed }: StoreReport): string {
  if (state === undefined) return "can't be read"
  const sentences = {
    trusted: changed ? 'trusted from now on' : 'trusted',
    absent: changed ? 'no longer trusted' : 'not trusted',
    outdated: 'knows another authority by this name',
  }
  return sentences[state]
}

function remedyOf({ problem }: StoreReport, colors: Colors): string[] {
  if (!problem) return []
  const commands = problem.byHand.map((command) => `      ${command}`)
  return [
    `    ${colors.dim('→')} ${oneLine(problem.message)}`,
    ...(problem.code === 'ERR_RIGHTS' ? ['      Somebody who may can run:', ...commands] : []),
  ]
}

function warning({ certificateFile }: Anchor): string[] {
  return [
    `Whoever can read ${certificateFile.replace(/\.crt$/, '.key')}`,
    'can pass for any site to programs that trust this authority. "gatehouse trust --remove" ends it.',
  ]
}
