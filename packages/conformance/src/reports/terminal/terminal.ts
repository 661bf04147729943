import { printable } from '@gatehouse/server/printable'
import type { Colors } from 'picocolors/types.js'
import type { Cell, RunResult } from '../../result.ts'
import {
  answersOf,
  cellSentence,
  changeOf,
  counted,
  formatNumber,
  isGood,
  mutationScore,
  problemsOf,
  questionSentence,
  totalsSentence,
} from '../describe.ts'
import { matrixLines } from './matrix-lines.ts'

export interface TerminalOptions {
  readonly colors: Colors
  /** How many problems are told one by one (default 50). */
  readonly maxProblems?: number
}

/** The run for people at a terminal: the matrix, what is wrong, and the sums. Pure; one entry for each line. */
export function terminalReport(result: RunResult, { colors, maxProblems = 50 }: TerminalOptions): string[] {
  const problems = problemsOf(result)
  return [
    ...matrixLines(result, colors),
    ...result.disagreements.map((one) =>
      colors.red(printable(`≠ ${questionSentence(one)}: ${answersOf(one)}`)),
    ),
    ...problems.slice(0, maxProblems).flatMap((cell) => problemLines(cell, colors)),
    ...(problems.length > maxProblems
      ? [`… and ${formatNumber(problems.length - maxProblems)} more; the other reports have all of them`]
      : []),
    ...baselineLines(result, colors),
    ...mutationLines(result, colors),
    ...(result.uncovered.length === 0
      ? []
      : [
          '',
          `Nothing is expected of ${counted(result.uncovered.length, 'resource')} that the cluster serves.`,
        ]),
    ...result.missing.map((sentence) => colors.yellow(printable(`! ${sentence}`))),
    '',
    ...sumLines(result, colors),
  ]
}

function problemLines(cell: Cell, colors: Colors): string[] {
  const { verdict, why, rule, explanation, actual } = cell
  const isOpen = verdict === 'inconclusive'
  const { auditId } = actual.evidence
  const details = [
    explanation?.text,
    rule === '' ? undefined : `expected by ${rule}`,
    auditId === '' ? undefined : `Audit-ID ${auditId}`,
  ]
  return [
    (isOpen ? colors.yellow : colors.red)(printable(`${isOpen ? '?' : '✗'} ${cellSentence(cell)}: ${why}`)),
    ...details.filter((line) => line !== undefined).map((line) => colors.dim(printable(`    ${line}`))),
  ]
}

function baselineLines({ baseline }: RunResult, colors: Colors): string[] {
  if (baseline === null || baseline.changes.length === 0) return []
  const { file, accepted, changes } = baseline
  return [
    '',
    colors.bold(
      printable(`${counted(changes.length, 'change')} against ${file}${accepted ? ', accepted' : ''}:`),
    ),
    ...changes.map((change) => {
      const line = printable(`${questionSentence(change)}, by ${change.path}: ${changeOf(change)}`)
      return change.after === 'allowed' ? colors.red(`+ ${line}`) : colors.green(`- ${line}`)
    }),
  ]
}

function mutationLines(result: RunResult, colors: Colors): string[] {
  const score = mutationScore(result)
  if (score === undefined) return []
  return [
    '',
    ...result.mutations!.map(({ noticed, description, failedCells }) =>
      noticed
        ? colors.green(printable(`✓ ${description}: ${counted(failedCells, 'cell')} failed`))
        : colors.red(printable(`✗ ${description}: nothing failed`)),
    ),
    score,
  ]
}

function sumLines(result: RunResult, colors: Colors): string[] {
  const { cellsPerSecond, perPath, totalMs } = result.timings
  const paths = Object.entries(perPath).map(
    ([path, { cells, medianMs, p99Ms }]) =>
      `${printable(path)}: ${counted(cells, 'cell')}, median ${medianMs.toFixed(1)} ms, 99th percentile ${p99Ms.toFixed(1)} ms`,
  )
  return [
    (isGood(result) ? colors.green : colors.red)(totalsSentence(result)),
    `${(totalMs / 1000).toFixed(1)} s, ${formatNumber(cellsPerSecond)} cells a second`,
    ...paths,
    ...(result.complete ? [] : [colors.red('The run is not complete.')]),
  ]
}
