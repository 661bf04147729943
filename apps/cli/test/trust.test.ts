import type { StoreReport } from '@gatehouse/trust'
import pc from 'picocolors'
import { expect, test } from 'vitest'
import { describeTrust, isAsWanted } from '../src/terminal/trust.ts'

const plain = pc.createColors(false)
const anchor = { name: 'gatehouse-default', commonName: 'CA', certificate: 'x', certificateFile: '/s/ca.crt' }
const reports: StoreReport[] = [
  {
    title: 'system',
    place: '/anchors',
    state: 'absent',
    changed: false,
    problem: { code: 'ERR_RIGHTS', message: 'only root may change /anchors', byHand: ['sudo a', 'sudo b'] },
  },
  { title: 'Chromium', place: '/home/.pki/nssdb', state: 'trusted', changed: true },
]

test('each store has a line, and what a person can do below it', () => {
  expect(describeTrust(reports, anchor, 'add', plain)).toEqual([
    '! system    not trusted          /anchors',
    '    → only root may change /anchors',
    '      Somebody who may can run:',
    '      sudo a',
    '      sudo b',
    '✓ Chromium  trusted from now on  /home/.pki/nssdb',
    '',
    'Whoever can read /s/ca.key',
    'can pass for any site to programs that trust this authority. "gatehouse trust --remove" ends it.',
    '',
    'Browsers that run see the change after their next start.',
  ])
})

test('what programs said stays on its line', () => {
  const problem = {
    code: 'ERR_PROGRAM_FAILED',
    message: 'certutil failed:\n  bad database',
    byHand: ['x'],
  } as const
  const lines = describeTrust(
    [{ ...reports[1]!, state: undefined, changed: false, problem }],
    anchor,
    'none',
    plain,
  )
  expect(lines).toEqual([
    "! Chromium  can't be read  /home/.pki/nssdb",
    '    → certutil failed: bad database',
  ])
})

test('a machine without stores is said to be one', () => {
  expect(describeTrust([], anchor, 'none', plain)).toEqual([
    'No store of trusted authorities is known on this machine.',
  ])
})

test.each([
  ['trusted', 'add', true],
  ['trusted', 'none', true],
  ['trusted', 'remove', false],
  ['absent', 'remove', true],
  ['absent', 'none', false],
  ['outdated', 'add', false],
  ['outdated', 'remove', false],
  [undefined, 'remove', false],
] as const)('%s is what %s wants: %s', (state, change, wanted) => {
  expect(isAsWanted({ title: '', place: '', state, changed: false }, change)).toBe(wanted)
})
