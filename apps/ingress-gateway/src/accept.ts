import type { Socket } from 'node:net'
import type { Limits } from './config.ts'
import type { Connections } from './connections.ts'
import type { Observer } from './observe.ts'
import { fatalAlert, splice } from './passthrough.ts'
import { peek } from './peek.ts'
import type { Serving } from './serving.ts'
import type { Terminator } from './terminate.ts'

const PLAIN_HTTP_BODY = 'this port speaks TLS; begin with https://\n'
const PLAIN_HTTP_ANSWER = [
  'HTTP/1.1 400 Bad Request',
  'Content-Type: text/plain',
  'Connection: close',
  `Content-Length: ${PLAIN_HTTP_BODY.length}`,
  '',
  PLAIN_HTTP_BODY,
].join('\r\n')

export interface AcceptContext {
  readonly serving: () => Serving
  readonly limits: Limits
  readonly terminator: Terminator
  readonly connections: Connections
  readonly observer: Observer
}

/**
 * Decides, once the ClientHello is there, whether a connection is passed through by its server name or ends
 * here. Unknown names end here too: whoever asked gets a page that says which hosts there are.
 */
export async function acceptConnection(context: AcceptContext, socket: Socket): Promise<void> {
  const { serving, limits, terminator, connections, observer } = context
  const remoteAddress = socket.remoteAddress ?? 'unknown'
  connections.add(socket, 'opening')
  // Whoever serves the connection listens for itself; until then, and after, an error is only its end.
  socket.on('error', () => undefined)
  const opening = await peek(socket, {
    clientHelloBytes: limits.clientHelloBytes,
    clientHelloMs: limits.clientHelloSeconds * 1000,
  })
  switch (opening.kind) {
    case 'gone':
      socket.destroy()
      return
    case 'http':
      observer.refused('plain-http', 'plain HTTP on the https port', remoteAddress)
      endWith(socket, PLAIN_HTTP_ANSWER)
      return
    case 'invalid':
      observer.refused('client-hello', opening.reason, remoteAddress)
      endWith(socket, fatalAlert('decode_error'))
      return
    case 'tls': {
      const { routes, endpoints: all } = serving()
      const route = opening.serverName === undefined ? undefined : routes.get(opening.serverName)
      const endpoints = route && all.get(route.host)
      if (route?.kind !== 'passthrough' || !endpoints) {
        connections.become(socket, 'terminated')
        terminator.accept(socket, opening.bytes)
        return
      }
      connections.become(socket, 'passthrough')
      const startedAt = performance.now()
      const report = await splice(socket, opening.bytes, endpoints, limits.connectSeconds * 1000)
      observer.spliced(route.host, route.passthrough.service, (performance.now() - startedAt) / 1000, report)
    }
  }
}

/** Says `last`, then ends the connection for good, whatever the client still sends. */
function endWith(socket: Socket, last: string | Buffer): void {
  socket.resume()
  socket.end(last)
  socket.setTimeout(1000, () => socket.destroy())
  socket.once('finish', () => socket.destroySoon())
}
