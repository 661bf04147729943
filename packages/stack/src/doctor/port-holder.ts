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

/** Finds out by listening for a moment. */
export async function portState(port: number): Promise<PortState> {
  const problem = await tryToListen(port)
  if (problem === undefined) return { state: 'free' }
  if (problem.code === 'EACCES') return { state: 'forbidden' }
  if (problem.code !== 'EADDRINUSE') throw problem
  return { state: 'held', holder: await holderOf(port) }
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

/** What /proc tells; where there is none, or it tells nothing of others' processes, less or nothing is known. */
async function holderOf(port: number): Promise<Holder> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => read(`/proc/net/${name}`)))
  const socket = tables.flatMap(parseListeningSockets).find((candidate) => candidate.port === port)
  if (!socket) return UNKNOWN
  const pid = await processWithSocket(socket.inode)
  if (pid === undefined) return { ...UNKNOWN, uid: socket.uid }
  const command = shorten(await read(`/proc/${pid}/cmdline`))
  return { pid, command, uid: socket.uid, ancestry: await ancestryOf(pid) }
}

const COMMAND_LENGTH = 80

/** The text of /proc/PID/cmdline as one would type it, without the program's folder. Pure. */
export function shorten(commandLine: string): string {
  const [program = '', ...args] = commandLine.split('\0').filter(Boolean)
  const line = [basename(program), ...args].join(' ')
  return line.length > COMMAND_LENGTH ? `${line.slice(0, COMMAND_LENGTH - 1)}…` : line
}

async function processWithSocket(inode: string): Promise<number | undefined> {
  const pids = (await list('/proc')).filter((name) => /^\d+$/.test(name))
  const holds = await Promise.all(
    pids.map(async (pid) => {
      const files = await list(`/proc/${pid}/fd`)
      const targets = await Promise.all(
        files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')),
      )
      return targets.includes(`socket:[${inode}]`)
    }),
  )
  const found = pids[holds.indexOf(true)]
  return found === undefined ? undefined : Number(found)
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
