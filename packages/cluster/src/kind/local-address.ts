import { once } from 'node:events'
import { createServer } from 'node:net'
import { ClusterError } from '../errors.ts'

/**
 * Checks that this machine can listen on the address. An engine in a virtual machine (Docker Desktop) or behind
 * DOCKER_HOST has its networks elsewhere.
 *
 * @throws ClusterError `ERR_ENGINE`
 */
export async function assertLocal(address: string): Promise<void> {
  const server = createServer().listen(0, address)
  try {
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error
    throw new ClusterError(
      'ERR_ENGINE',
      `the Docker engine's networks are not on this machine (${address} is no address of it), so its API server could not reach an issuer here: use an engine that runs on this machine itself, which needs Linux`,
      { cause: error },
    )
  } finally {
    server.close()
  }
}
