import type { Server as HttpServer } from 'node:http'
import type { Http2Server } from 'node:http2'
import type { Socket } from 'node:net'
import { createServer, type Server as TlsServer, type TLSSocket } from 'node:tls'
import { tlsOptions } from '@gatehouse/server'
import type { Limits } from './config.ts'
import { createHttp1Server } from './http1.ts'
import { createHttp2Server } from './http2.ts'
import type { Observer } from './observe.ts'
import type { Serving } from './serving.ts'

/** Servers that listen nowhere: connections are handed to them once their ClientHello was read. */
export interface Terminator {
  readonly tls: TlsServer
  readonly http1: HttpServer
  readonly http2: Http2Server
  /** Serves `socket`, on which `bytes` were read already. */
  readonly accept: (socket: Socket, bytes: Buffer) => void
  /** Closes the connections on which no request is under way, and tells the others that no more are served. */
  readonly closeIdle: () => void
  readonly close: () => void
}

/** TLS ends here: the certificate is chosen by SNI, the protocol inside by ALPN. */
export function createTerminator(serving: () => Serving, limits: Limits, observer: Observer): Terminator {
  const http1 = createHttp1Server(limits)
  const http2 = createHttp2Server(limits, observer)
  const tls = createServer(
    {
      ...tlsOptions,
      ...serving().certificates.fallback.current(),
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: limits.handshakeSeconds * 1000,
      SNICallback(serverName, done) {
        const { routes, certificates } = serving()
        const name = serverName.toLowerCase()
        if (routes.get(name)?.kind === 'passthrough') {
          // Only a second ClientHello that names another host than the first can get here.
          done(new Error(`${name} is not terminated here`))
          return
        }
        done(null, certificates.contextFor(name))
      },
    },
    (socket: TLSSocket) => (socket.alpnProtocol === 'h2' ? http2 : http1).accept(socket),
  )
  return {
    tls,
    http1: http1.server,
    http2: http2.server,
    accept(socket, bytes) {
      socket.unshift(bytes)
      tls.emit('connection', socket)
    },
    closeIdle() {
      http1.closeIdle()
      http2.closeIdle()
    },
    close() {
      http1.close()
      http2.close()
    },
  }
}
