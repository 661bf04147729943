import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { createProxyServer } from 'http-proxy-3'
import type { Limits } from './config.ts'
import type { HttpRequest, HttpResponse } from './protocol.ts'
import { type Refusal, upstreamFailed, upstreamTooSlow } from './refusal.ts'
import type { UpstreamRoute } from './routes.ts'
import { describeFailure, ERR_RESPONSE_TIMEOUT } from './upstream-failure.ts'
import type { UpstreamConnections } from './upstream.ts'

/** What the gateway wants to know about a request that is under way. */
export interface Exchange {
  /** Called at most once, and only while nothing was answered yet. */
  readonly onFailure: (refusal: Refusal, error: NodeJS.ErrnoException) => void
  /** The upstream has begun to answer. */
  readonly onAnswer?: (answer: IncomingMessage) => void
  /** The upstream took the WebSocket; from here on only bytes flow. */
  readonly onUpgraded?: () => void
}

/** Passes requests of one host on to its upstream. `request.headers` must be the upstream's already. */
export interface Forwarder {
  /** @returns what ends the request upstream, for good and without a call */
  readonly forward: (request: HttpRequest, response: HttpResponse, exchange: Exchange) => () => void
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, exchange: Exchange) => void
}

interface Attempt {
  readonly exchange: Exchange
  upstreamRequest: ClientRequest | undefined
  answered: boolean
}

/** http-proxy-3 does the forwarding; what it leaves open is closed here. */
export function createForwarder(
  { host, upstream }: UpstreamRoute,
  connections: UpstreamConnections,
  limits: Limits,
): Forwarder {
  const attempts = new WeakMap<object, Attempt>()
  const proxy = createProxyServer({
    target: connections.target,
    // The path that was asked for is the path that is asked for, byte for byte.
    toProxy: true,
    prependPath: false,
    selfHandleResponse: true,
    connectTimeout: limits.connectSeconds * 1000,
  })

  const begin = (upstreamRequest: ClientRequest, request: IncomingMessage) => {
    const attempt = attempts.get(request)
    if (!attempt) return
    attempt.upstreamRequest = upstreamRequest
    const timer = setTimeout(() => {
      const message = `no answer within ${limits.responseSeconds} s`
      upstreamRequest.destroy(Object.assign(new Error(message), { code: ERR_RESPONSE_TIMEOUT }))
    }, limits.responseSeconds * 1000)
    const answered = () => {
      clearTimeout(timer)
      attempt.answered = true
    }
    upstreamRequest.once('response', answered).once('upgrade', answered)
    upstreamRequest.once('close', () => clearTimeout(timer))
  }
  proxy.on('proxyReq', begin)
  proxy.on('proxyReqWs', (upstreamRequest, request, socket) => {
    begin(upstreamRequest, request)
    upstreamRequest.once('upgrade', () => attempts.get(request)?.exchange.onUpgraded?.())
    // A client that leaves before the upstream has answered takes its request with it.
    socket.once('close', () => upstreamRequest.destroy())
  })
  proxy.on('proxyRes', (answer, request) => attempts.get(request)?.exchange.onAnswer?.(answer))
  // A client that went away is no failure of the upstream.
  proxy.on('econnreset', () => undefined)

  const fail = (attempt: Attempt, error: NodeJS.ErrnoException) => {
    if (attempt.answered) return
    attempt.answered = true
    const refusal =
      error.code === ERR_RESPONSE_TIMEOUT
        ? upstreamTooSlow(upstream, host, limits.responseSeconds)
        : upstreamFailed(upstream, host, describeFailure(error))
    attempt.exchange.onFailure(refusal, error)
  }

  const send = (request: HttpRequest, response: HttpResponse, attempt: Attempt, isRetry: boolean) => {
    // Node's HTTP/2 has, for compatibility, what http-proxy-3 needs of the types that it names.
    const [asked, answered] = [request as IncomingMessage, response as ServerResponse]
    proxy.web(asked, answered, { agent: connections.requests() }, (error: NodeJS.ErrnoException) => {
      if (response.destroyed) return
      const bodiless = request.method === 'GET' || request.method === 'HEAD'
      // A kept connection that the upstream closed at this very moment; nothing was done, so ask again.
      if (attempt.upstreamRequest?.reusedSocket && !attempt.answered && bodiless && !isRetry) {
        if (error.code === 'ECONNRESET' || error.code === 'EPIPE')
          return send(request, response, attempt, true)
      }
      fail(attempt, error)
      return undefined
    })
  }

  return {
    forward(request, response, exchange) {
      const attempt: Attempt = { exchange, upstreamRequest: undefined, answered: false }
      attempts.set(request, attempt)
      send(request, response, attempt, false)
      return () => {
        attempt.answered = true
        attempt.upstreamRequest?.destroy()
      }
    },
    upgrade(request, socket, head, exchange) {
      const attempt: Attempt = { exchange, upstreamRequest: undefined, answered: false }
      attempts.set(request, attempt)
      proxy.ws(request, socket, head, { agent: connections.upgrades() }, (error: NodeJS.ErrnoException) => {
        if (!socket.destroyed) fail(attempt, error)
      })
    },
  }
}
