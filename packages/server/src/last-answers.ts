import type { Server } from 'node:net'

const lasting = new WeakSet<Server>()

/**
 * From now on the answers of `server`, made with `serverOptions`, end their connections, while it goes on accepting:
 * clients take their next request elsewhere, before there is nobody to take it here.
 */
export function endConnections(server: Server): void {
  lasting.add(server)
}

/** Whether an answer of `server` is the last one on its connection. */
export function endsConnections(server: Server): boolean {
  return !server.listening || lasting.has(server)
}
