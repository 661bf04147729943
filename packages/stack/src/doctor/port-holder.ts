import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename } from 'node:path'

/** Who listens on a port, as far as this machine tells. */
export interface Holder {
  readonly pid: number | undefined
  /** The command line, shortened. */
  readonly command: string | undefined
  readonly uid: number | undefined
  /** The holder and the processes that it descends from, the nearest first. */
  readonly ancestry: readonly number[]
}

/** Whether a port on loopback can be had: free, held by somebody, or forbidden (its number is too low). */
export type PortState =
  | { readonly state: 'free' }
  | { readonly state: 'held'; readonly holder: Holder }
  | { readonly state: 'forbidden' }

/** Finds out by listening for a moment. The states are in the order of the ports. */
export async function portStates(ports: readonly number[]): Promise<PortState[]> {
  const problems = await Promise.all(ports.map(tryToListen))
  const holders = await holdersOf(ports.filter((_, index) => problems[index]?.code === 'EADDRINUSE'))
  return ports.map((port, index) => {
    const problem = problems[index]
    if (problem === undefined) return { state: 'free' }
    if (problem.code === 'EACCES') return { state: 'forbidden' }
    if (problem.code !== 'EADDRINUSE') throw problem
    return { state: 'held', holder: holders.get(port) ?? UNKNOWN }
  })
}

function tryToListen(port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', resolve)
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => resolve(undefined))
    })
  })
}

/** A listening socket in /proc/net/tcp or tcp6. */
export interface ListeningSocket {
  readonly port: number
  readonly uid: number
  readonly inode: string
}

/** Reads the sockets in state LISTEN (0A) out of /proc/net/tcp or tcp6 (Linux, proc_net_tcp.txt). Pure. */
export function parseListeningSockets(table: string): ListeningSocket[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, , state, , , , uid, , inode] = line.trim().split(/\s+/)
      const port = local?.split(':')[1]
      if (state !== '0A' || port === undefined || uid === undefined || inode === undefined) return []
      return [{ port: Number.parseInt(port, 16), uid: Number(uid), inode }]
    })
}

const UNKNOWN: Holder = { pid: undefined, command: undefined, uid: undefined, ancestry: [] }

/**
 * What /proc tells, by port; where there is none, or it tells nothing of others' processes, less or nothing is known.
 */
async function holdersOf(ports: readonly number[]): Promise<Map<number, Holder>> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => read(`/proc/net/${name}`)))
  const sockets = tables.flatMap(parseListeningSockets).filter(({ port }) => ports.includes(port))
  const pids = await processesWith(new Set(sockets.map(({ inode }) => inode)))
  const holders = new Map<number, Holder>()
  for (const { port, uid, inode } of sockets) {
    if (holders.has(port)) continue
    const pid = pids.get(inode)
    if (pid === undefined) {
      holders.set(port, { ...UNKNOWN, uid })
      continue
    }
    const command = shorten(await read(`/proc/${pid}/cmdline`))
    holders.set(port, { pid, command, uid, ancestry: await ancestryOf(pid) })
  }
  return holders
}

const COMMAND_LENGTH = 80

/** The text of /proc/PID/cmdline as one would type it, without the program's folder. Pure. */
export function shorten(commandLine: string): string {
  const [program = '', ...args] = commandLine.split('\0').filter(Boolean)
  const line = [basename(program), ...args].join(' ')
  return line.length > COMMAND_LENGTH ? `${line.slice(0, COMMAND_LENGTH - 1)}…` : line
}

/** Which process has each of the sockets open, by their inodes: all are found by one look at every process's files. */
async function processesWith(sockets: ReadonlySet<string>): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  if (sockets.size === 0) return found
  const pids = (await list('/proc')).filter((name) => /^\d+$/.test(name))
  await Promise.all(
    pids.map(async (pid) => {
      for (const file of await list(`/proc/${pid}/fd`)) {
        const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '')
        const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
        if (inode === undefined || !sockets.has(inode)) continue
        // A parent that has given its socket to children listens as well.
        found.set(inode, Math.min(found.get(inode) ?? Infinity, Number(pid)))
      }
    }),
  )
  return found
}

async function ancestryOf(pid: number): Promise<number[]> {
  const ancestry: number[] = []
  for (let current = pid; current > 0 && !ancestry.includes(current);) {
    ancestry.push(current)
    // pid (comm) state ppid …: the name may hold anything, so what follows the last parenthesis counts.
    const stat = await read(`/proc/${current}/stat`)
    current = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)
  }
  return ancestry
}

/** Processes come and go, and others' are closed: what can't be read is as good as empty. */
const read = (path: string) => readFile(path, 'utf8').catch(() => '')
const list = (path: string) => readdir(path).catch((): string[] => [])
