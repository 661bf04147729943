import { expect, test } from 'vitest'
import { addSummaries, summaryIn, summaryLine } from '../counts.ts'

const output = 'a test says\n1 passed, 0 failed, 0 skipped\nmore\n12 passed, 2 failed, 3 skipped\n'

test('the last line that counts is what a run says', () => {
  expect(summaryIn(output, false)).toEqual({ passed: 12, failed: 2, skipped: 3 })
})

test('a run without any test counts nothing, and one that broke is a failure', () => {
  expect(summaryIn('No test files found', true)).toEqual({ passed: 0, failed: 0, skipped: 0 })
  expect(summaryIn('Error: no such file', false)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('a run that failed though no test did is a failure', () => {
  expect(summaryIn('5 passed, 0 failed, 0 skipped', false)).toEqual({ passed: 5, failed: 1, skipped: 0 })
})

test('the counts of several runs are added, in the form in which one has them', () => {
  const all = ['1 passed, 0 failed, 2 skipped', '30 passed, 4 failed, 0 skipped'].map((line) =>
    summaryIn(line, false),
  )
  expect(summaryLine(addSummaries(all))).toBe('31 passed, 4 failed, 2 skipped')
})
