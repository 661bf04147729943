import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { writePrivateFile } from '@gatehouse/private-files'
import type { Supervisor } from '@gatehouse/supervisor'
import { z } from 'zod'
import { readJson } from './state-directory.ts'

const run = promisify(execFile)

const recordSchema = z.array(z.object({ name: z.string(), pid: z.int().positive(), startedAt: z.string() }))
type ProcessRecord = z.output<typeof recordSchema>[number]

/**
 * Keeps a record of the running processes in `file`, for the next start in case this one is killed. A process
 * ID alone says little, since they are used again; with the time of its start it names one process.
 */
export function recordProcesses(supervisor: Supervisor, file: string): void {
  const records = new Map<string, ProcessRecord>()
  /** Those that have started since the last record, by their ID; several often start at once. */
  const pending = new Map<number, string>()
  let writing = Promise.resolve()
  const write = async () => {
    const started = new Map(pending)
    pending.clear()
    if (started.size === 0) return
    for (const [pid, startedAt] of await startsOf([...started.keys()])) {
      const name = started.get(pid)!
      records.set(name, { name, pid, startedAt })
    }
    await writePrivateFile(file, JSON.stringify([...records.values()]))
  }
  supervisor.on('change', ({ name, pid, phase }) => {
    if (phase !== 'starting' || pid === undefined) return
    pending.set(pid, name)
    writing = writing
      .then(write)
      // The record is a safety net; the stack works without it.
      .catch((error: Error) => process.emitWarning(`${file} could not be written: ${error.message}`))
  })
}

/**
 * Ends what is left of a stack whose owner was killed: the recorded processes that still run, with what they
 * started. Where the kernel does that by itself (Linux), there are none. Returns their names.
 */
export async function endLeftovers(file: string): Promise<string[]> {
  const parsed = recordSchema.safeParse(await readJson(file))
  if (!parsed.success) return []
  const starts = await startsOf(parsed.data.map(({ pid }) => pid))
  const ended: string[] = []
  for (const { name, pid, startedAt } of parsed.data) {
    if (starts.get(pid) !== startedAt) continue
    // The supervisor makes each process the leader of a group.
    process.kill(-pid, 'SIGKILL')
    ended.push(name)
  }
  return ended
}

/** When each of the processes was started, as ps says it; of those that there are, and are no zombies. */
async function startsOf(pids: readonly number[]): Promise<Map<number, string>> {
  if (pids.length === 0) return new Map()
  const lines = await run('ps', ['-o', 'pid=,stat=,lstart=', '-p', pids.join(',')], {
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
  }).then(
    ({ stdout }) => stdout.trim().split('\n'),
    // ps ends with 1 when it knows none of them.
    () => [],
  )
  return new Map(
    lines
      .map((line) => line.trim().split(/\s+/))
      .filter(([, state = '']) => !state.startsWith('Z'))
      .map(([pid, , ...start]) => [Number(pid), start.join(' ')]),
  )
}
