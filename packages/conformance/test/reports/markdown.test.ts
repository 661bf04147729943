import { expect, test } from 'vitest'
import { REPORTS } from '../../src/reports/index.ts'
import { EVIL, goodRun, runOf } from './run.ts'

test('a comment says what is wrong and what has changed', async () => {
  await expect(REPORTS.markdown(runOf())).toMatchFileSnapshot('golden/markdown.txt')
})

test('a comment on a good run is short', () => {
  expect(REPORTS.markdown(goodRun())).toBe(
    '### ✅ Access of `plain`\n\n13 cells: 13 pass, 0 fail, in 3.1 s. Kubernetes `v1.37.2`.\n',
  )
})

test('what others named is code: no markup, no mention, no cell, no end of the code', () => {
  const text = REPORTS.markdown(runOf(EVIL))
  // Without code spans and blocks nothing of it is left.
  const outside = text
    .replaceAll(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, '')
    .replaceAll(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '')
  for (const part of ['<script', '<img', '@everyone', 'quoted', '\u001B[2J\n'])
    expect(outside).not.toContain(part)
  const rows = text.split('\n').filter((line) => line.startsWith('|'))
  const columns = rows.map((row) => row.replaceAll(String.raw`\|`, '').split('|').length)
  expect(new Set(columns)).toEqual(new Set([4, 5]))
})

test('a comment that would be too long is cut at a line, and says so', () => {
  const run = runOf()
  const fails = Array.from({ length: 2000 }, () => run.cells.find(({ verdict }) => verdict === 'fail')!)
  const text = REPORTS.markdown({ ...run, cells: fails })
  expect(text.length).toBeLessThan(65_536)
  expect(text).toMatch(/\|\n\nThis is not all of it; see the other reports\.\n$/)
  const change = run.baseline!.changes[0]!
  const changes = Array.from({ length: 2000 }, () => change)
  const long = REPORTS.markdown({ ...run, baseline: { ...run.baseline!, changes } })
  expect(long).toMatch(/\n```\n\nThis is not all of it; see the other reports\.\n$/)
})
