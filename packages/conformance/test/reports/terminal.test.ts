import pc from 'picocolors'
import { expect, test } from 'vitest'
import { terminalReport } from '../../src/reports/index.ts'
import { EVIL, goodRun, runOf } from './run.ts'

const plain = pc.createColors(false)

test('the matrix, what is wrong and the sums', async () => {
  const lines = terminalReport(runOf(), { colors: plain })
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden/terminal.txt')
})

test('on a terminal, what is allowed is green and what is wrong is red', () => {
  const colors = pc.createColors(true)
  const lines = terminalReport(runOf(), { colors })
  expect(lines.find((line) => line.startsWith('secrets'))).toContain(`${colors.red('✗')}${colors.red('≠')}`)
  expect(lines.find((line) => line.startsWith('secrets'))).toContain(colors.green('g'))
  expect(lines).toContain(
    colors.red('17 cells: 13 pass, 1 fail, 1 disagreement, 1 inconclusive, 1 uncovered'),
  )
  expect(terminalReport(goodRun(), { colors })).toContain(colors.green('13 cells: 13 pass, 0 fail'))
})

test('many problems are counted, not told one by one', () => {
  const run = runOf()
  const fails = Array.from({ length: 60 }, () => run.cells.find(({ verdict }) => verdict === 'fail')!)
  const lines = terminalReport({ ...run, cells: fails }, { colors: plain, maxProblems: 10 })
  expect(lines.filter((line) => line.startsWith('✗ viewer'))).toHaveLength(10)
  expect(lines).toContain('… and 50 more; the other reports have all of them')
})

test('a run that is not complete says what is missing', () => {
  const run = { ...goodRun(), complete: false, missing: ['The cluster went away.'] }
  const lines = terminalReport(run, { colors: plain })
  expect(lines).toContain('! The cluster went away.')
  expect(lines.at(-1)).toBe('The run is not complete.')
})

test('what others named can not control the terminal', () => {
  const run = runOf(`${EVIL}\u202E\u200B`)
  const [cell] = run.cells
  const evil = { persona: EVIL, verb: EVIL, place: EVIL, namespace: EVIL }
  const baseline = { ...run.baseline!, file: EVIL }
  const perPath = { [EVIL]: Object.values(run.timings.perPath)[0]! }
  const lines = terminalReport(
    {
      ...run,
      cells: [...run.cells, { ...cell!, ...evil }],
      baseline,
      timings: { ...run.timings, perPath },
    },
    { colors: plain },
  )
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  expect(lines.filter((line) => /[\u0000-\u001F\u007F-\u009F\u200B\u202E]/.test(line))).toEqual([])
  expect(lines.join('\n')).toContain(String.raw`\u001b[2J`)
  expect(lines.join('\n')).toContain(String.raw`\u202e\u200b`)
})
