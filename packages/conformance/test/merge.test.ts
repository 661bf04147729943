import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { exitCodeOf, mergeShards, readResult, type RunResult } from '../src/index.ts'
import { runOf } from './reports/run.ts'

const whole = { ...runOf(), baseline: null, mutations: null, complete: true, missing: [] }
/** The cells of `whole`, dealt out to `count` shards. */
const parts = (count: number): RunResult[] =>
  Array.from({ length: count }, (_, index) => ({
    ...whole,
    shard: { index: index + 1, count },
    cells: whole.cells.filter((_cell, at) => at % count === index),
  }))

test('all shards together are the run, in whatever order they come', () => {
  const merged = mergeShards(parts(3).toReversed())
  expect(merged.shard).toBeNull()
  expect(new Set(merged.cells)).toEqual(new Set(whole.cells))
  expect(merged.totals.cells).toBe(whole.cells.length)
  expect(merged.totals.fail).toBe(whole.cells.filter(({ verdict }) => verdict === 'fail').length)
  expect(merged.uncovered).toEqual(whole.uncovered)
})

test('a shard that did not come to its end makes the whole incomplete, and is named', () => {
  const [one, two] = parts(2)
  const merged = mergeShards([one!, { ...two!, complete: false, missing: ['the cluster went away'] }])
  expect(merged).toMatchObject({ complete: false, missing: ['shard 2: the cluster went away'] })
  expect(exitCodeOf(merged)).toBe(2)
})

test('changes against a baseline come together', () => {
  const change = { ...whole.cells[0]!, before: null, after: 'allowed' as const }
  const diff = (changes: (typeof change)[]) => ({ file: 'baseline.yaml', accepted: false, changes })
  const [one, two] = parts(2)
  const merged = mergeShards([
    { ...one!, baseline: diff([]) },
    { ...two!, baseline: diff([change]) },
  ])
  expect(merged.baseline?.changes).toEqual([change])
  expect(
    exitCodeOf({ ...merged, totals: { ...merged.totals, fail: 0, disagreement: 0, inconclusive: 0 } }),
  ).toBe(1)
})

const [first, second] = parts(2)
test.each<[string, RunResult[], RegExp]>([
  ['no result', [], /no result to merge/],
  ['a run without a shard', [whole], /a run without --shard/],
  ['a part that is missing', [second!], /of 2 shards, 1 are missing/],
  ['a part that is there twice', [first!, second!, second!], /shard 2 is there twice/],
  ['parts of other numbers', [first!, { ...second!, shard: { index: 2, count: 3 } }], /number of shards/],
  ['parts of two specs', [first!, { ...second!, spec: { ...second!.spec, digest: 'other' } }], /the spec/],
  ['parts of two ways in', [first!, { ...second!, paths: [] }], /the ways in/],
])('%s is refused', (_, results, why) => {
  expect(() => mergeShards(results)).toThrow(
    expect.objectContaining({ code: 'ERR_MERGE', message: expect.stringMatching(why) }),
  )
})

test('a file that is no result is named', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'merge-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'result.json')
  for (const text of [undefined, 'nonsense', '{}', JSON.stringify({ ...whole, version: 2 })]) {
    if (text !== undefined) await writeFile(file, text)
    await expect(readResult(file)).rejects.toMatchObject({
      code: 'ERR_MERGE',
      message: expect.stringContaining(`${file} is no result of a run`),
    })
  }
  await writeFile(file, JSON.stringify(whole))
  await expect(readResult(file)).resolves.toEqual(whole)
})
