import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'

/** What this process's stacks have claimed: by the port, which stack, by its state directory, and the claim. */
const held = new Map<number, { readonly stateDirectory: string; readonly claim: Server }>()

/**
 * Claims a port for the stack with this state directory, until it is released or this process ends; false when
 * another stack has it. Between the moment when a port is found free and the one when its listener has it, another
 * stack that starts must not choose it as well.
 *
 * The claim is a name in Linux' abstract socket namespace (unix(7)): the kernel frees it with the process, and
 * it is as wide as ports are, a network namespace. Elsewhere every claim is granted.
 */
export async function claimPort(port: number, stateDirectory: string): Promise<boolean> {
  const holder = held.get(port)?.stateDirectory
  if (holder !== undefined || process.platform !== 'linux')
    return (holder ?? stateDirectory) === stateDirectory
  const claim = createServer((socket) => socket.destroy())
  claim.listen(nameOf(port))
  try {
    await once(claim, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
    throw error
  }
  claim.unref()
  held.set(port, { stateDirectory, claim })
  return true
}

/** Whether some stack, of this process or another, has claimed the port. */
export async function isClaimed(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return held.has(port)
  // Nobody can take the name for a moment who only asks.
  const socket = connect(nameOf(port))
  try {
    await once(socket, 'connect')
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return false
    throw error
  } finally {
    socket.destroy()
  }
}

/** Releases what the stack with this state directory has claimed: it has ended, and its process goes on. */
export function releasePorts(stateDirectory: string): void {
  for (const [port, holder] of held) {
    if (holder.stateDirectory !== stateDirectory) continue
    holder.claim.close()
    held.delete(port)
  }
}

const nameOf = (port: number) => `\0gatehouse-port-${port}`
