import { expect, test } from 'vitest'
import { createTokenBuckets } from '../src/token-buckets.ts'

function start(options = {}) {
  const clock = { now: 0 }
  const buckets = createTokenBuckets({ burst: 3, refillMs: 1000, clock: () => clock.now, ...options })
  const takes = (count: number, key = 'ada') => Array.from({ length: count }, () => buckets.take(key).allowed)
  return { clock, buckets, takes }
}

test('what was taken comes back one by one, and never more than the burst', () => {
  const { clock, buckets, takes } = start()
  expect(takes(4)).toEqual([true, true, true, false])
  clock.now = 400
  expect(buckets.take('ada')).toEqual({ allowed: false, retryAfterSeconds: 1 })
  clock.now = 1000
  expect(takes(2)).toEqual([true, false])
  clock.now = 1_000_000
  expect(takes(4)).toEqual([true, true, true, false])
})

test('a look takes nothing', () => {
  const { buckets, takes } = start()
  for (let look = 0; look < 10; look++) expect(buckets.look('ada').allowed).toBe(true)
  expect(takes(4)).toEqual([true, true, true, false])
  expect(buckets.look('ada')).toEqual({ allowed: false, retryAfterSeconds: 1 })
})

test('keys have nothing to do with each other', () => {
  const { takes } = start()
  takes(3)
  expect(takes(1, 'bob')).toEqual([true])
  expect(takes(1, '__proto__')).toEqual([true])
})

test('a clock that goes back neither gives nor locks', () => {
  const { clock, takes } = start()
  clock.now = 10_000
  takes(2)
  clock.now = 0
  expect(takes(2)).toEqual([true, false])
  clock.now = 11_000
  expect(takes(1)).toEqual([true])
})

test('the memory is bounded', () => {
  const { takes } = start({ capacity: 2 })
  for (const key of ['a', 'b', 'c']) takes(3, key)
  expect(takes(1, 'c')).toEqual([false])
  expect(takes(1, 'a')).toEqual([true])
})
