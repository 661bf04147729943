import { expect, test } from 'vitest'
import { backOffMs, WorkQueue } from '../src/queue.ts'

function queueOf(work: (key: string) => Promise<void>, over = {}) {
  const failures: [string, number, number][] = []
  const depths: number[] = []
  const queue = new WorkQueue({
    work,
    onFailure: (key, _error, attempt, retryMs) => failures.push([key, attempt, retryMs]),
    onDepth: (depth) => depths.push(depth),
    retryMs: 1,
    retryMaxMs: 4,
    ...over,
  })
  return { queue, failures, depths }
}

test('a key that was added often before the start is worked on once', async () => {
  const done: string[] = []
  const { queue } = queueOf(async (key) => void done.push(key))
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
  expect(queue.depth).toBe(2)
  expect(done).toEqual([])
  queue.start()
  await expect.poll(() => queue.depth).toBe(0)
  expect(done).toEqual(['a', 'b'])
})

test('a key that is added while it is worked on is worked on again, never twice at once', async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let runs = 0
  let active = 0
  let most = 0
  const { queue } = queueOf(async () => {
    active += 1
    most = Math.max(most, active)
    await gates[runs++]?.promise
    active -= 1
  })
  queue.start()
  queue.add('a')
  queue.add('a')
  queue.add('a')
  gates[0]!.resolve()
  await expect.poll(() => runs).toBe(2)
  gates[1]!.resolve()
  await expect.poll(() => queue.depth).toBe(0)
  expect([runs, most]).toEqual([2, 1])
})

test('a failure comes back after pauses that double, and does not hold up the others', async () => {
  let left = 4
  const done: string[] = []
  const { queue, failures } = queueOf(
    async (key) => {
      if (key === 'bad' && left-- > 0) throw new Error('no')
      done.push(key)
    },
    { concurrency: 1 },
  )
  queue.start()
  queue.add('bad')
  queue.add('good')
  await expect.poll(() => queue.depth).toBe(0)
  expect(done).toEqual(['good', 'bad'])
  expect(failures).toEqual([
    ['bad', 1, 1],
    ['bad', 2, 2],
    ['bad', 3, 4],
    ['bad', 4, 4],
  ])
  left = 1
  queue.add('bad')
  await expect.poll(() => failures.at(-1)).toEqual(['bad', 1, 1])
})

test('news end the pause of a key', async () => {
  let fail = true
  const { queue, failures } = queueOf(
    async () => {
      if (fail) throw new Error('no')
    },
    { retryMs: 3_600_000, retryMaxMs: 3_600_000 },
  )
  queue.start()
  queue.add('a')
  await expect.poll(() => failures.length).toBe(1)
  expect(queue.depth).toBe(1)
  fail = false
  queue.add('a')
  await expect.poll(() => queue.depth).toBe(0)
})

test('stop waits for what is under way and begins nothing more', async () => {
  const gate = Promise.withResolvers<void>()
  const done: string[] = []
  const { queue } = queueOf(
    async (key) => {
      await gate.promise
      done.push(key)
    },
    { concurrency: 1 },
  )
  queue.start()
  queue.add('a')
  queue.add('b')
  const stopped = queue.stop()
  gate.resolve()
  await stopped
  expect(done).toEqual(['a'])
})

test.each([
  [1, 200],
  [2, 400],
  [8, 25_600],
  [9, 30_000],
  [10_000, 30_000],
])('the pause after failure %i is %i ms', (attempt, ms) => {
  expect(backOffMs(attempt, { retryMs: 200, retryMaxMs: 30_000 })).toBe(ms)
})
