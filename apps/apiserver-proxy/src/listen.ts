import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Duplex } from 'node:stream'
import { type Logger, serverOptions, tlsOptions, writeStatus } from '@gatehouse/server'
import type { ProxyConfig } from './config.ts'
import { Refusal, type RefusalCode } from './refusal.ts'

export interface Handlers {
  readonly onRequest: (request: IncomingMessage, response: ServerResponse, expectsContinue?: boolean) => void
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

/** How the parser's refusals are told; everything else is 400. */
const PARSER_REFUSALS: Readonly<Record<string, { code: RefusalCode; message: string }>> = {
  HPE_HEADER_OVERFLOW: { code: 'ERR_HEADERS_TOO_LARGE', message: 'the headers of the request are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'ERR_REQUEST_TIMEOUT', message: 'the request did not arrive in time' },
}

/**
 * Makes the listener: HTTP/1.1 over TLS, read by Node's parser in its strict mode. What the parser refuses
 * is answered with a Status, but only where no other answer is due on that connection: a client behind a
 * gateway would take it for that one.
 */
export function createListener(config: ProxyConfig, handlers: Handlers, logger: Logger): Server {
  const pending = new WeakMap<Duplex, number>()
  const server = createServer({
    ...serverOptions,
    ...tlsOptions,
    ALPNProtocols: ['http/1.1'],
    maxHeaderSize: config.limits.headerBytes,
    keepAliveTimeout: 95_000,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    noDelay: true,
    // Answered by us, with a Status.
    requireHostHeader: false,
    optimizeEmptyRequests: true,
  })
  // Zero is no limit: Node drops headers beyond one, and what it drops we could not check.
  server.maxHeadersCount = 0
  limitListener(server, config)

  const handle = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => {
    const { socket } = request
    pending.set(socket, (pending.get(socket) ?? 0) + 1)
    response.once('close', () => pending.set(socket, (pending.get(socket) ?? 1) - 1))
    handlers.onRequest(request, response, expectsContinue)
  }
  server.on('request', (request, response) => handle(request, response, false))
  // Without these Node says 100 before anyone is authenticated, and 417 in its own words.
  server.on('checkContinue', (request, response) => handle(request, response, true))
  server.on('checkExpectation', (_request, response) => {
    const refusal = new Refusal('ERR_EXPECTATION_FAILED', 'the only expectation is 100-continue')
    writeStatus(response, refusal.status, { Connection: 'close' })
  })
  server.on('upgrade', (request, socket, head) => {
    if ((pending.get(socket) ?? 0) > 0) socket.destroy()
    else handlers.onUpgrade(request, socket, head)
  })
  server.on('connect', (_request, socket) => {
    refuseRaw(socket, new Refusal('ERR_METHOD_NOT_ALLOWED', 'the method CONNECT is not allowed'))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable || (pending.get(socket) ?? 0) > 0) {
      socket.destroy()
      return
    }
    const known = PARSER_REFUSALS[error.code ?? '']
    const refusal = new Refusal(
      known?.code ?? 'ERR_BAD_REQUEST',
      known?.message ?? 'the request is malformed',
    )
    logger.info(
      { code: error.code, remoteAddress: remoteAddressOf(socket), status: refusal.status.code },
      'malformed request',
    )
    refuseRaw(socket, refusal)
  })
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    logger.debug({ code: error.code }, 'a TLS handshake failed')
  })
  return server
}

/** Sets what of the limits can change while it listens; connections that exist keep to the new times, too. */
export function limitListener(server: Server, { limits, timeouts }: ProxyConfig): void {
  server.maxConnections = limits.connections
  server.headersTimeout = timeouts.headersSeconds * 1000
  server.requestTimeout = timeouts.requestSeconds * 1000
}

/** Writes a whole answer to a socket that has no ServerResponse, and ends the connection. */
function refuseRaw(socket: Duplex, refusal: Refusal, headers: Readonly<Record<string, string>> = {}): void {
  const body = JSON.stringify(refusal.status)
  const lines = Object.entries({
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...refusal.headers,
    ...headers,
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.on('error', () => undefined)
  socket.end(
    `HTTP/1.1 ${refusal.status.code} ${refusal.status.reason}\r\n${lines.join('')}\r\n${body}`,
    () => {
      socket.destroy()
    },
  )
}

function remoteAddressOf(socket: Duplex): string | undefined {
  return (socket as { remoteAddress?: string }).remoteAddress
}
