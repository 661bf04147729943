import { expect, test } from 'vitest'
import { exitCodeOf, type Mutation, type RunResult, runResultSchema } from '../src/index.ts'

const result: RunResult = {
  version: 1,
  mode: 'spec',
  spec: { name: 'nobody', file: 'nobody.yaml', digest: '' },
  cluster: { server: 'https://127.0.0.1:6443', version: 'v1.37.2' },
  personas: [],
  places: [],
  paths: [],
  startedAt: '2026-01-01T00:00:00.000Z',
  shard: null,
  complete: true,
  missing: [],
  cells: [],
  disagreements: [],
  uncovered: [],
  baseline: null,
  mutations: null,
  totals: { cells: 0, pass: 0, fail: 0, disagreement: 0, inconclusive: 0, uncovered: 0 },
  timings: {
    loginMs: 0,
    setupMs: 0,
    requestsMs: 0,
    auditMs: 0,
    totalMs: 0,
    cellsPerSecond: 0,
    perPath: {},
  },
}

test('a result without cells is valid', () => {
  expect(runResultSchema.parse(result)).toEqual(result)
})

const mutation: Omit<Mutation, 'noticed'> = {
  id: '1',
  kind: 'drop',
  object: 'x',
  description: 'x',
  failedCells: 0,
  examples: [],
}
test.each([
  [0, {}],
  [0, { totals: { ...result.totals, pass: 3, uncovered: 2 } }],
  [1, { totals: { ...result.totals, fail: 1 } }],
  [1, { totals: { ...result.totals, disagreement: 1 } }],
  [1, { totals: { ...result.totals, inconclusive: 1 } }],
  [0, { mutations: [{ ...mutation, noticed: true }] }],
  [1, { mutations: [{ ...mutation, noticed: false }] }],
  [2, { complete: false, totals: { ...result.totals, fail: 1 } }],
])('exit code %i for %o', (code, change) => {
  expect(exitCodeOf({ ...result, ...change })).toBe(code)
})
