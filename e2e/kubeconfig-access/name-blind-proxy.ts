import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'

export interface NameBlindProxy extends AsyncDisposable {
  readonly url: string
  /** What was asked for, as host:port. */
  readonly asked: readonly string[]
}

/**
 * A forward proxy (CONNECT, RFC 9110 section 9.3.6) that takes every name for this machine. Programs that
 * can't be told another address than the issuer's name reach it so, where that name does not resolve.
 */
export async function startNameBlindProxy(): Promise<NameBlindProxy> {
  const asked: string[] = []
  const server = createServer((_, response) => response.writeHead(405).end())
  server.on('connect', ({ url = '' }, client) => {
    asked.push(url)
    const upstream = connect({ host: '127.0.0.1', port: Number(new URL(`http://${url}`).port) })
    upstream.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      client.pipe(upstream).pipe(client)
    })
    upstream.on('error', () => client.destroy())
    client.on('error', () => upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
