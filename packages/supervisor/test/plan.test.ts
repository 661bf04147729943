import { expect, test } from 'vitest'
import { backOffMs, checkPlan, probePauseMs } from '../src/plan.ts'

const nothing = new Set<string>()

test('a plan whose dependencies are known is accepted', () => {
  expect(() => checkPlan([{ name: 'b', dependsOn: ['a'] }, { name: 'a' }], nothing)).not.toThrow()
  expect(() => checkPlan([{ name: 'b', dependsOn: ['a'] }], new Set(['a']))).not.toThrow()
})

test.each([
  ['a name used twice', [{ name: 'a' }, { name: 'a' }], 'two processes are named "a"'],
  [
    'an unknown dependency',
    [{ name: 'a', dependsOn: ['z'] }],
    '"a" depends on "z", which is not in the plan',
  ],
  ['a process that waits for itself', [{ name: 'a', dependsOn: ['a'] }], 'a → a'],
  [
    'a longer cycle',
    [
      { name: 'a', dependsOn: ['b'] },
      { name: 'b', dependsOn: ['c'] },
      { name: 'c', dependsOn: ['a'] },
    ],
    'a → b → c → a',
  ],
])('%s is refused with the reason', (_what, specs, message) => {
  expect(() => checkPlan(specs, nothing)).toThrow(message)
})

test('all problems of a plan are in one message', () => {
  const plan = [
    { name: 'a', dependsOn: ['y'] },
    { name: 'b', dependsOn: ['z'] },
  ]
  expect(() => checkPlan(plan, nothing)).toThrow(/"y".*"z"/)
})

test('a name that already runs is refused', () => {
  expect(() => checkPlan([{ name: 'a' }], new Set(['a']))).toThrow('two processes are named "a"')
})

test('the first restart is immediate, later ones back off up to ten seconds', () => {
  expect([1, 2, 3, 4, 8, 50].map(backOffMs)).toEqual([0, 250, 500, 1000, 10_000, 10_000])
})

test('a process is asked for its health less often the longer it takes to start', () => {
  expect([0, 500, 1000, 5000, 10_000, Infinity].map(probePauseMs)).toEqual([40, 40, 50, 250, 500, 500])
})
