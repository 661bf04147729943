import type { Server, Socket } from 'node:net'

/**
 * Gives every connection that `server` takes a connection of its own by `connect`, and passes bytes both ways.
 * Each direction ends by itself (half-open), as the streams of exec need; an error on one side ends both.
 * `server` must allow half-open connections.
 */
export function relay(server: Server, event: 'connection' | 'secureConnection', connect: () => Socket): void {
  server.on(event, (near: Socket) => {
    const far = connect()
    near.setNoDelay(true)
    near.pipe(far)
    far.pipe(near)
    for (const [side, other] of [
      [near, far],
      [far, near],
    ] as const) {
      // A broken connection is an event of the network: the other side learns of it by its own end.
      side.on('error', () => other.destroy())
      side.on('close', () => {
        if (!other.writableEnded) other.end()
      })
    }
  })
}
