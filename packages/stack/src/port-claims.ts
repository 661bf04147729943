import { once } from 'node:events'
import { createServer } from 'node:net'

/** The state directories of this process's stacks, by the port that they have claimed. */
const held = new Map<number, string>()

/**
 * Claims a port for the stack with this state directory, as long as this process lives; false when another
 * stack has it. Between the moment when a port is found free and the one when its listener has it, another
 * stack that starts must not choose it as well.
 *
 * The claim is a name in Linux' abstract socket namespace (unix(7)): the kernel frees it with the process, and
 * it is as wide as ports are, a network namespace. Elsewhere every claim is granted.
 */
export async function claimPort(port: number, stateDirectory: string): Promise<boolean> {
  const holder = held.get(port)
  if (holder !== undefined || process.platform !== 'linux')
    return (holder ?? stateDirectory) === stateDirectory
  const server = createServer((socket) => socket.destroy())
  server.listen(`\0gatehouse-port-${port}`)
  try {
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
    throw error
  }
  server.unref()
  held.set(port, stateDirectory)
  return true
}
