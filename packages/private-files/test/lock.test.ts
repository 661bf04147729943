import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { withLock } from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function directory(): Promise<string> {
  const made = await temporaryDirectory()
  onTestFinished(() => made[Symbol.asyncDispose]())
  return made.path
}

test('work under one lock is done one after the other', async () => {
  const path = await directory()
  let running = 0
  const most: number[] = []
  await Promise.all(
    Array.from({ length: 8 }, () =>
      withLock(join(path, 'lock'), async () => {
        most.push(++running)
        await readdir(path)
        running--
      }),
    ),
  )
  expect(most).toEqual(Array(8).fill(1))
  expect(await readdir(path)).toEqual([])
})

test('the lock of a process that was killed is broken', async () => {
  const lockfile = join(await directory(), 'lock')
  await mkdir(lockfile)
  await utimes(lockfile, new Date(0), new Date(0))
  await expect(withLock(lockfile, async () => 'done')).resolves.toBe('done')
})

test("a lock file of kubectl's is respected, however old it is", async () => {
  const lockfile = join(await directory(), 'config.lock')
  await writeFile(lockfile, '', { mode: 0 })
  await utimes(lockfile, new Date(0), new Date(0))
  await expect(withLock(lockfile, async () => 'done', { waitMs: 100 })).rejects.toMatchObject({
    code: 'ERR_LOCKED',
    message: expect.stringContaining(lockfile),
  })
})

test('waiting ends with the signal', async () => {
  const lockfile = join(await directory(), 'lock')
  await mkdir(lockfile)
  const controller = new AbortController()
  const waiting = withLock(lockfile, async () => 'done', { signal: controller.signal })
  controller.abort()
  await expect(waiting).rejects.toThrow(/abort/)
})

test('work that fails gives the lock back', async () => {
  const lockfile = join(await directory(), 'lock')
  await expect(withLock(lockfile, () => Promise.reject(new Error('no luck')))).rejects.toThrow('no luck')
  await expect(withLock(lockfile, async () => 'done')).resolves.toBe('done')
})
