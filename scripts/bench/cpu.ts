import { readdir, readFile } from 'node:fs/promises'

/**
 * CPU time of a process and all its descendants so far, in microseconds. From `schedstat` of each thread
 * (nanoseconds) where the kernel has it, else from `stat` (ticks of 10 ms).
 */
export async function cpuMicroseconds(rootPid: number): Promise<number> {
  let total = 0
  for (const pid of await processTree(rootPid)) {
    for (const thread of await readdir(`/proc/${pid}/task`).catch(() => [])) {
      const directory = `/proc/${pid}/task/${thread}`
      const precise = await readFile(`${directory}/schedstat`, 'utf8').catch(() => undefined)
      if (precise !== undefined) total += Number(precise.split(' ')[0]) / 1000
      else total += await ticksOf(directory)
    }
  }
  return total
}

async function ticksOf(directory: string): Promise<number> {
  const stat = await readFile(`${directory}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10_000
}

async function processTree(root: number): Promise<number[]> {
  const parents = new Map<number, number>()
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => undefined)
    const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
    if (parent !== undefined) parents.set(Number(entry), Number(parent))
  }
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (at === root) return true
    return false
  }
  return [...parents.keys()].filter(isBelow)
}

/** CPU time of the machine so far, in ticks: all of it, and what the hypervisor took away. */
export async function machineTicks(): Promise<{ total: number; steal: number }> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n')
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number)
  return { total: ticks.reduce((sum, one) => sum + one, 0), steal: ticks[7] ?? 0 }
}
