import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { writePrivateFile } from '@gatehouse/private-files'
import { ClusterError } from '../errors.ts'
import { freePort } from '../free-port.ts'
import { isClaimed } from '../port-claims.ts'

/** Everything listens here, but for the API server, whose host the caller chooses. */
export const LOOPBACK = '127.0.0.1'

const listeners = ['etcdClients', 'etcdPeers', 'controllerManager', 'scheduler', 'kubelet'] as const

/** The ports of the listeners that only the cluster's own processes use. */
export type InternalPorts = Readonly<Record<(typeof listeners)[number], number>>

/**
 * The internal ports: those of the last start, read from `file`, and a free one for each that is taken,
 * claimed by a stack that starts, or was never chosen. Writes the outcome to `file`. `taken` ports are not given away.
 */
export async function chooseInternalPorts(file: string, taken: readonly number[]): Promise<InternalPorts> {
  const earlier = await readEarlier(file)
  const exclude = [...taken]
  const chosen: [string, number][] = []
  for (const listener of listeners) {
    const wanted = earlier[listener]
    const isUsable =
      wanted !== undefined &&
      !exclude.includes(wanted) &&
      !(await isClaimed(wanted)) &&
      (await tryToListen(LOOPBACK, wanted)) === undefined
    const port = isUsable ? wanted : await freePort(exclude)
    exclude.push(port)
    chosen.push([listener, port])
  }
  // Each listener has got its port in the loop above.
  const ports = Object.fromEntries(chosen) as InternalPorts
  await writePrivateFile(file, `${JSON.stringify(ports, undefined, 2)}\n`)
  return ports
}

async function readEarlier(file: string): Promise<Readonly<Record<string, number | undefined>>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  try {
    const content: unknown = JSON.parse(text)
    if (typeof content !== 'object' || content === null) return {}
    return Object.fromEntries(Object.entries(content).filter(([, port]) => isPort(port)))
  } catch {
    // A file that was cut off holds nothing worth an error: ports are chosen again.
    return {}
  }
}

function isPort(port: unknown): boolean {
  return typeof port === 'number' && Number.isInteger(port) && port >= 1024 && port <= 65_535
}

/**
 * Waits until nothing listens on `host:port`. An API server that was told to end keeps its port for some
 * seconds, and would answer the health check that is meant for the next one.
 *
 * @throws ClusterError `ERR_PORT_TAKEN` after `withinMs`
 */
export async function untilPortIsFree(
  { host, port }: { host: string; port: number },
  { withinMs = 15_000, signal }: { withinMs?: number; signal: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const problem = await tryToListen(host, port)
    if (problem === undefined) return
    if (problem.code !== 'EADDRINUSE' || Date.now() > deadline) {
      throw new ClusterError(
        'ERR_PORT_TAKEN',
        `the API server cannot listen on ${host}:${port}: ${problem.message}. End what listens there, or choose another port`,
        { cause: problem },
      )
    }
    await delay(50, undefined, { signal })
  }
}

function tryToListen(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', resolve)
    server.listen({ host, port }, () => {
      server.close(() => resolve(undefined))
    })
  })
}
