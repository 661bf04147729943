import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { serverOptions } from '@gatehouse/server'
import { http } from '@gatehouse/server/node-http'
import type { Limits } from './config.ts'

/** HTTP over connections that are handed over once they are open. */
export interface ConnectionServer<S> {
  readonly server: S
  readonly accept: (socket: Socket) => void
  /** Ends the connections on which nothing is under way, and those in use when they have become idle. */
  readonly closeIdle: () => void
  /** Ends all of them. */
  readonly close: () => void
}

/** Limits in time and size for HTTP/1.1, by Node's names. */
export function http1Options(limits: Limits) {
  // DrainingResponse asks whether its server listens, which not all of ours do; app.ts announces draining.
  const { ServerResponse: _, ...options } = serverOptions
  return {
    ...options,
    headersTimeout: limits.headersSeconds * 1000,
    requestTimeout: Math.max(limits.requestSeconds, limits.headersSeconds) * 1000,
    keepAliveTimeout: limits.idleSeconds * 1000,
    connectionsCheckingInterval: Math.min(options.connectionsCheckingInterval, limits.headersSeconds * 500),
    maxHeaderSize: limits.headerBytes,
  }
}

/** An HTTP/1.1 server that listens nowhere. */
export function createHttp1Server(limits: Limits): ConnectionServer<Server> {
  const server = http.createServer(http1Options(limits))
  // Node counts a connection as idle only after its first request.
  const unused = new Set<Socket>()
  server.on('request', ({ socket }) => unused.delete(socket))
  server.on('upgrade', ({ socket }) => unused.delete(socket))
  // Node starts to enforce its header and request timeouts when a server begins to listen.
  server.emit('listening')
  return {
    server,
    accept(socket) {
      unused.add(socket)
      socket.once('close', () => unused.delete(socket))
      server.emit('connection', socket)
    },
    closeIdle() {
      for (const socket of unused) socket.destroy()
      server.closeIdleConnections()
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
