import { createServer, type Server } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { serverOptions, tlsOptions } from '@gatehouse/server'
import type { Certificates } from './certificates.ts'
import type { Limits } from './config.ts'
import type { Routes } from './routes.ts'

/** An HTTPS server that listens nowhere: connections are handed to it once their ClientHello was read. */
export interface Terminator {
  readonly server: Server
  /** Serves `socket`, on which `bytes` were read already. */
  readonly accept: (socket: Socket, bytes: Buffer) => void
  /** Closes the connections on which no request is under way. */
  readonly closeIdle: () => void
}

/** TLS ends here: the certificate is chosen by SNI, HTTP/1.1 is spoken inside. */
export function createTerminator(certificates: Certificates, routes: Routes, limits: Limits): Terminator {
  // DrainingResponse asks whether its server listens, which this one never does; app.ts announces draining.
  const { ServerResponse: _, ...options } = serverOptions
  const server = createServer({
    ...options,
    ...tlsOptions,
    ...certificates.fallback.current(),
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: limits.handshakeSeconds * 1000,
    headersTimeout: limits.headersSeconds * 1000,
    requestTimeout: Math.max(limits.requestSeconds, limits.headersSeconds) * 1000,
    keepAliveTimeout: limits.idleSeconds * 1000,
    connectionsCheckingInterval: Math.min(options.connectionsCheckingInterval, limits.headersSeconds * 500),
    maxHeaderSize: limits.headerBytes,
    SNICallback(serverName, done) {
      const name = serverName.toLowerCase()
      if (routes.get(name)?.kind === 'passthrough') {
        // Only a second ClientHello that names another host than the first can get here.
        done(new Error(`${name} is not terminated here`))
        return
      }
      done(null, certificates.contextFor(name))
    },
  })
  certificates.fallback.attach(server)
  // Node counts a connection as idle only after its first request.
  const unused = new Set<Duplex>()
  server.on('secureConnection', (socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', ({ socket }) => unused.delete(socket))
  server.on('upgrade', (_request, socket) => unused.delete(socket))
  // Node starts to enforce its header and request timeouts when a server begins to listen.
  server.emit('listening')
  return {
    server,
    accept(socket, bytes) {
      socket.unshift(bytes)
      server.emit('connection', socket)
    },
    closeIdle() {
      for (const socket of unused) socket.destroy()
      server.closeIdleConnections()
    },
  }
}
