import { connect } from 'node:net'
import { execa } from 'execa'

/** A process of this machine; `id` is also its own when its number is given to another. */
interface Process {
  readonly id: string
  readonly pid: number
  readonly parent: number
  readonly isZombie: boolean
}

async function processes(): Promise<Process[]> {
  const { stdout } = await execa('ps', ['-eo', 'pid=,ppid=,stat=,lstart='])
  return stdout.split('\n').map((line) => {
    const [pid, parent, stat, ...startedAt] = line.trim().split(/\s+/)
    return {
      id: `${pid} of ${startedAt.join(' ')}`,
      pid: Number(pid),
      parent: Number(parent),
      isZombie: stat!.startsWith('Z'),
    }
  })
}

/** The process `pid` and all that come from it, as long as their parents live. */
export async function treeOf(pid: number): Promise<Set<string>> {
  const all = await processes()
  const below = (parent: number): Process[] =>
    all.flatMap((one) => (one.parent === parent ? [one, ...below(one.pid)] : []))
  const own = all.filter((one) => one.pid === pid)
  return new Set([...own, ...below(pid)].map(({ id }) => id))
}

/** Those of `ids` that still run. */
export async function survivorsOf(ids: ReadonlySet<string>): Promise<string[]> {
  return (await processes()).filter(({ id, isZombie }) => ids.has(id) && !isZombie).map(({ id }) => id)
}

/** The command lines of the processes that name `path` in them. */
export async function processesAbout(path: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-eo', 'pid=,stat=,args='])
  return stdout.split('\n').filter((line) => line.includes(path) && !/^\s*\d+ Z/.test(line))
}

/** Whether somebody listens on a port of loopback. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
