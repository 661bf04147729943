import { expect, test } from 'vitest'
import { streaming } from '../src/streaming.ts'

async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = []
  for await (const event of events) seen.push(event)
  return seen
}

const countTo = (last: number, error?: Error) =>
  streaming<string, number>(async (report) => {
    for (let count = 1; count <= last; count += 1) {
      await Promise.resolve()
      report(count)
    }
    if (error) throw error
    return 'counted'
  })

test('everything can be read while it happens, and afterwards the result', async () => {
  const counting = countTo(3)
  expect(await all(counting)).toEqual([1, 2, 3])
  expect(await counting).toBe('counted')
})

test('one who begins late reads from the beginning', async () => {
  const counting = countTo(3)
  await counting
  expect(await all(counting)).toEqual([1, 2, 3])
})

test('reading fails as the work does', async () => {
  const counting = countTo(2, new Error('no more'))
  const seen: number[] = []
  const reading = async () => {
    for await (const count of counting) seen.push(count)
  }
  await expect(reading()).rejects.toThrow('no more')
  await expect(counting).rejects.toThrow('no more')
  expect(seen).toEqual([1, 2])
})

test('the work goes on when nobody reads any more', async () => {
  const counting = countTo(3)
  for await (const count of counting) if (count === 1) break
  expect(await counting).toBe('counted')
})
