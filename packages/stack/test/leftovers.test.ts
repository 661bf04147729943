import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Supervisor } from '@gatehouse/supervisor'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { endLeftovers, recordProcesses } from '../src/leftovers.ts'

let directory: string
let file: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-leftovers-'))
  file = join(directory, 'processes.json')
})
afterEach(() => rm(directory, { recursive: true }))

/** A supervisor with one process that runs for ever, and the record of it. */
async function startOne() {
  const supervisor = new Supervisor()
  recordProcesses(supervisor, file)
  const spec = {
    name: 'sleeper',
    command: process.execPath,
    args: ['-e', 'setInterval(() => {}, 1000)'],
    env: {},
    logFile: join(directory, 'log'),
    isHealthy: () => Promise.resolve(true),
  }
  await supervisor.start([spec], new AbortController().signal)
  const record = await vi.waitFor(() => readFile(file, 'utf8'), { timeout: 60_000 })
  return { supervisor, record, pid: supervisor.states()[0]!.pid! }
}

test('a recorded process that still runs is ended, and named', async () => {
  const { supervisor, pid } = await startOne()
  const crashed = once(supervisor, 'crash')
  expect(await endLeftovers(file)).toEqual(['sleeper'])
  await crashed
  expect(supervisor.states()[0]!.lastExit).toBe('was ended by SIGKILL')
  expect(pid).toBeGreaterThan(1)
  await supervisor.stop()
})

test('another process that got the same ID is left alone', async () => {
  await using other = own(spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true }))
  await writeFile(
    file,
    JSON.stringify([{ name: 'dex', pid: other.pid, startedAt: 'Thu Jan 1 00:00:00 1970' }]),
  )
  expect(await endLeftovers(file)).toEqual([])
  expect(spawnSync('ps', ['-p', String(other.pid)]).status).toBe(0)
})

test('a process that has ended is none', async () => {
  const { supervisor, record } = await startOne()
  await supervisor.stop()
  await writeFile(file, record)
  expect(await endLeftovers(file)).toEqual([])
})

test('without a record there is nothing to end', async () => {
  expect(await endLeftovers(file)).toEqual([])
})

function own(child: ReturnType<typeof spawn>) {
  return {
    pid: child.pid!,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}
