import type { Finding } from '@gatehouse/stack/doctor'
import pc from 'picocolors'
import { expect, test } from 'vitest'
import { describeFindings } from '../src/terminal/findings.ts'

const findings: Finding[] = [
  { check: 'disk', level: 'ok', message: 'plenty' },
  { check: 'host names', level: 'warning', message: 'unknown\n  name', remedy: 'Add it' },
  { check: 'ports', level: 'error', message: 'taken', remedy: 'End it' },
  { check: 'docker', level: 'skipped', message: 'not here' },
]

test('findings are aligned, one a line, with the remedy below and the sum at the end', () => {
  expect(describeFindings(findings, pc.createColors(false))).toEqual([
    '✓ disk        plenty',
    '! host names  unknown name',
    '              → Add it',
    '✗ ports       taken',
    '              → End it',
    '· docker      not here',
    '',
    '1 error, 1 warning, 1 ok, 1 skipped',
  ])
})

test('there are colours on a terminal, and the sum has that of the worst finding', () => {
  const colors = pc.createColors(true)
  const lines = describeFindings(findings, colors)
  expect(lines[0]).toContain(colors.green('✓'))
  expect(lines.at(-1)).toBe(colors.red('1 error, 1 warning, 1 ok, 1 skipped'))
})
