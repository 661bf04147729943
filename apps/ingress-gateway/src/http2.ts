import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { Limits } from './config.ts'
import type { ConnectionServer } from './http1.ts'
import type { Observer } from './observe.ts'

/** Streams at once in one connection; browsers are content with it. */
const STREAMS = 100
/**
 * Streams that a client may reset: at once, and each second from then on (CVE-2023-44487, rapid reset). Whoever does
 * it more often loses the connection.
 */
const RESETS = { streamResetBurst: 2 * STREAMS, streamResetRate: 20 }
/** Frames that are refused, and unanswered pings, until a connection ends. */
const TOLERANCE = { maxSessionInvalidFrames: 20, maxSessionRejectedStreams: 20, maxOutstandingPings: 5 }
/** Headers in one request (Node's default, said aloud). */
const HEADER_PAIRS = 128
/** MiB that one connection may hold of headers and of data that waits. */
const SESSION_MIB = 4

/**
 * An HTTP/2 server that listens nowhere. It offers no WebSockets (RFC 8441), so browsers open an HTTP/1.1 connection
 * for them.
 */
export function createHttp2Server(limits: Limits, observer: Observer): ConnectionServer<Http2Server> {
  const server = createServer({
    ...RESETS,
    ...TOLERANCE,
    maxSessionMemory: SESSION_MIB,
    maxHeaderListPairs: HEADER_PAIRS,
    settings: {
      enablePush: false,
      enableConnectProtocol: false,
      maxConcurrentStreams: STREAMS,
      maxHeaderListSize: limits.headerBytes,
    },
  })
  const sessions = new Set<ServerHttp2Session>()
  const streams = new WeakMap<ServerHttp2Session, number>()
  server.on('session', (session) => {
    const remoteAddress = session.socket.remoteAddress ?? 'unknown'
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.on('stream', (stream) => {
      streams.set(session, (streams.get(session) ?? 0) + 1)
      stream.once('close', () => streams.set(session, streams.get(session)! - 1))
    })
    session.on('error', (error: NodeJS.ErrnoException) => {
      observer.refused('http2', error.code ?? error.message, remoteAddress)
    })
    endIfIdle(session, limits.idleSeconds * 1000, () => !streams.get(session))
  })
  return {
    server,
    accept: (socket) => void server.emit('connection', socket),
    // Says GOAWAY, and ends each connection with its last stream.
    closeIdle() {
      for (const session of sessions) if (!session.closed) session.close()
    },
    close() {
      for (const session of sessions) session.destroy()
    },
  }
}

/** Ends a session on which nothing has moved for a while and no stream is open; half a header is no stream. */
function endIfIdle(session: ServerHttp2Session, idleMs: number, isIdle: () => boolean): void {
  session.setTimeout(idleMs, () => {
    if (isIdle()) session.destroy()
    // It would not be asked again while nothing moves.
    else endIfIdle(session, idleMs, isIdle)
  })
}
