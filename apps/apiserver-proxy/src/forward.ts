import type { IncomingMessage } from 'node:http'
import type { RequestTarget } from '@gatehouse/authorization'
import { tooLarge } from './limits.ts'
import { createRelay, type Relayed } from './relay.ts'
import { isRead, type RequestHeaders } from './request-headers.ts'
import { isLongRunning, type Streams } from './streams.ts'
import { Exchange } from './upstream/exchange.ts'
import type { ConnectionPool } from './upstream/pool.ts'

export interface ForwardOptions {
  readonly pool: ConnectionPool
  readonly streams: Streams
  readonly answerWithinMs: number
  readonly bodyBytes: number
}

/** A request that passed every stage before. */
export interface AllowedRequest extends Relayed {
  readonly request: IncomingMessage
  readonly headers: RequestHeaders
  readonly target: RequestTarget
  readonly auditId: string
}

/**
 * Sends a request on and streams the answer back, both with backpressure. The client's headers come first
 * and the proxy's last, but no client header has a name that the proxy uses. When the client goes, the
 * exchange is cancelled.
 */
export function forward(allowed: AllowedRequest, options: ForwardOptions): void {
  const { request, response, headers, target, info } = allowed
  const relay = createRelay(allowed, options.streams, () => exchange)
  const exchange: Exchange = new Exchange(
    options.pool,
    {
      method: request.method ?? '',
      target: target.raw,
      headers: `${headers.forwarded}${proxyHeaders(allowed, options.pool)}`,
      body: headers.body,
      answerWithinMs: isLongRunning(info) ? Infinity : options.answerWithinMs,
      isUpgrade: false,
    },
    {
      onHead(head) {
        // Nobody reads the rest of the body when the answer is over: the next request would never be seen.
        if (!isRead(headers, request)) response.shouldKeepAlive = false
        relay.onHead(head)
      },
      onData: relay.onData,
      onEnd: relay.onEnd,
      onError: relay.onError,
      onDrain: () => void request.resume(),
    },
  )
  relay.endWithCredential()
  response.once('close', () => {
    if (!response.writableFinished) exchange.abort()
  })
  if (headers.body !== 'none') sendBody(allowed, exchange, options.bodyBytes)
}

function sendBody({ request, refuse }: AllowedRequest, exchange: Exchange, bodyBytes: number): void {
  let received = 0
  const onData = (data: Buffer) => {
    received += data.length
    if (received > bodyBytes) {
      // One answer, which a second piece must not cut off.
      request.off('data', onData)
      exchange.abort()
      refuse(tooLarge(bodyBytes))
      return
    }
    if (!exchange.write(data)) request.pause()
  }
  request.on('data', onData)
  request.on('end', () => exchange.end())
  request.on('error', () => exchange.abort())
}

/** What the proxy itself says to the API server about a request. */
export function proxyHeaders(
  { request, caller, auditId, trace }: AllowedRequest,
  { endpoint }: ConnectionPool,
): string {
  const { remoteAddress } = request.socket
  const forwardedFor = remoteAddress === undefined ? '' : `X-Forwarded-For: ${remoteAddress}\r\n`
  const traceparent = trace?.toUpstream(request.method ?? '', endpoint) ?? ''
  return `${caller.impersonation}Audit-ID: ${auditId}\r\n${forwardedFor}${traceparent}`
}
