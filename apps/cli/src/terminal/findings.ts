import type { Finding, Level } from '@gatehouse/stack/doctor'
import type { Colors } from 'picocolors/types.js'
import { columns, oneLine } from './table.ts'

const symbols: Readonly<Record<Level, string>> = { ok: '✓', warning: '!', error: '✗', skipped: '·' }

/** One line per finding, its remedy indented below it, and the sum at the end. Pure. */
export function describeFindings(findings: readonly Finding[], colors: Colors): string[] {
  const paint: Readonly<Record<Level, (text: string) => string>> = {
    ok: colors.green,
    warning: colors.yellow,
    error: colors.red,
    skipped: colors.dim,
  }
  const rows = columns(findings.map(({ check, message }) => [check, oneLine(message)]))
  const indent = ' '.repeat(4 + Math.max(0, ...findings.map(({ check }) => check.length)))
  const lines = findings.flatMap(({ level, remedy }, index) => [
    `${paint[level](symbols[level])} ${rows[index]}`,
    ...(remedy === undefined ? [] : [`${indent}${colors.dim('→')} ${oneLine(remedy)}`]),
  ])
  const worst = (['error', 'warning'] as const).find((level) => count(findings, level) > 0) ?? 'ok'
  return [...lines, '', paint[worst](summary(findings))]
}

function summary(findings: readonly Finding[]): string {
  return [
    counted(count(findings, 'error'), 'error'),
    counted(count(findings, 'warning'), 'warning'),
    `${count(findings, 'ok')} ok`,
    `${count(findings, 'skipped')} skipped`,
  ].join(', ')
}

function count(findings: readonly Finding[], wanted: Level): number {
  return findings.filter(({ level }) => level === wanted).length
}

const counted = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`
