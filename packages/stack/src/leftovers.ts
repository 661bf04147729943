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
  let writing = Promise.resolve()
  supervisor.on('change', ({ name, pid, phase }) => {
    if (phase !== 'starting' || pid === undefined) return
    writing = writing
      .then(async () => {
        const startedAt = await startOf(pid)
        if (startedAt === undefined) return
        records.set(name, { name, pid, startedAt })
        await writePrivateFile(file, JSON.stringify([...records.values()]))
      })
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
  const ended: string[] = []
  for (const { name, pid, startedAt } of parsed.data) {
    if ((await startOf(pid)) !== startedAt) continue
    // The supervisor makes each process the leader of a group.
    process.kill(-pid, 'SIGKILL')
    ended.push(name)
  }
  return ended
}

/** When the process was started, as ps says it; undefined when there is none, or only a zombie. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    })
    const [state = '', ...start] = stdout.trim().split(/\s+/)
    return state.startsWith('Z') ? undefined : start.join(' ')
  } catch {
    // ps ends with 1 when it knows no such process.
    return undefined
  }
}
