import { connect, createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'

export interface Relay extends AsyncDisposable {
  readonly url: string
  /** How many connections came this way. */
  readonly connections: () => number
}

/** Passes bytes on to a port of this machine, TLS untouched, as the gateway's tunnel does. */
export async function startRelay(port: number): Promise<Relay> {
  let connections = 0
  const server = createServer((client) => {
    connections++
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
    client.pipe(upstream).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}
