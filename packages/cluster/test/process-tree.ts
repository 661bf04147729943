import { execa } from 'execa'

interface Process {
  readonly pid: number
  readonly parent: number
}

/** Every process that is alive: one that ended and was not yet waited for does not count. */
async function livingProcesses(): Promise<Process[]> {
  const { stdout } = await execa('ps', ['-A', '-o', 'pid=,ppid=,stat='])
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => state !== undefined && !state.startsWith('Z'))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }))
}

/** The processes that `root` started, and those that they started. */
export async function descendantsOf(root: number): Promise<number[]> {
  const all = await livingProcesses()
  const found = [root]
  for (const ancestor of found) {
    found.push(...all.filter(({ parent }) => parent === ancestor).map(({ pid }) => pid))
  }
  return found.slice(1)
}

/** Those of `pids` that are alive. */
export async function alive(pids: readonly number[]): Promise<number[]> {
  const living = new Set((await livingProcesses()).map(({ pid }) => pid))
  return pids.filter((pid) => living.has(pid))
}
