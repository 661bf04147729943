import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestInfo, RequestTarget } from '@gatehouse/authorization'
import type { Caller } from './caller.ts'
import type { HeaderList } from './cors.ts'
import { tooLarge } from './limits.ts'
import type { Refusal } from './refusal.ts'
import type { RequestHeaders } from './request-headers.ts'
import { refusalOf, writeHead } from './respond.ts'
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
export interface AllowedRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly headers: RequestHeaders
  readonly target: RequestTarget
  readonly info: RequestInfo
  readonly caller: Caller
  readonly auditId: string
  /** Header lines of the proxy for the client. */
  readonly ours: HeaderList
  /** The exchange failed before an answer; the client has got nothing yet. */
  readonly refuse: (refusal: Refusal) => void
  /** The answer was cut; the log wants to know why. */
  readonly note: (reason: string) => void
}

/**
 * Sends a request on and streams the answer back, both with backpressure. The client's headers come first
 * and the proxy's last, but no client header has a name that the proxy uses. When the client goes, the
 * exchange is cancelled; when the API server goes in the middle of an answer, so is the answer, since its
 * end must not look like one.
 */
export function forward(allowed: AllowedRequest, options: ForwardOptions): void {
  const { request, response, headers, target, info, caller, auditId, ours } = allowed
  const isLong = isLongRunning(info)
  let isAnswered = false
  let forgetStream: (() => void) | undefined

  const exchange = new Exchange(
    options.pool,
    {
      method: request.method ?? '',
      target: target.raw,
      headers: `${headers.forwarded}${proxyHeaders(caller, auditId, request.socket.remoteAddress)}`,
      body: headers.body,
      answerWithinMs: isLong ? Infinity : options.answerWithinMs,
      isUpgrade: false,
    },
    {
      onHead(head) {
        isAnswered = true
        writeHead(response, head, ours)
        // A watch tells that it has begun before its first event.
        if (isLong) response.flushHeaders()
      },
      onData(data) {
        if (!response.write(data)) {
          exchange.pause()
          response.once('drain', () => exchange.resume())
        }
      },
      onEnd() {
        response.end()
      },
      onError(error) {
        if (isAnswered) {
          allowed.note(error.message)
          response.destroy()
        } else allowed.refuse(refusalOf(error))
      },
      onDrain: () => void request.resume(),
    },
  )
  if (isLong) {
    forgetStream = options.streams.add(caller.expiresAt, (why) => {
      allowed.note(why)
      exchange.abort()
      // The end of a watch is nothing special to its client; that of a log would look like the log's.
      if (info.verb === 'watch' && isAnswered) response.end()
      else response.destroy()
    })
  }
  response.once('close', () => {
    forgetStream?.()
    if (!response.writableFinished) exchange.abort()
  })
  if (headers.body !== 'none') sendBody(allowed, exchange, options.bodyBytes)
}

function sendBody({ request, refuse }: AllowedRequest, exchange: Exchange, bodyBytes: number): void {
  let received = 0
  request.on('data', (data: Buffer) => {
    received += data.length
    if (received > bodyBytes) {
      exchange.abort()
      refuse(tooLarge(bodyBytes))
      return
    }
    if (!exchange.write(data)) request.pause()
  })
  request.on('end', () => exchange.end())
  request.on('error', () => exchange.abort())
}

/** What the proxy itself says to the API server about a request. */
export function proxyHeaders(caller: Caller, auditId: string, remoteAddress: string | undefined): string {
  const forwardedFor = remoteAddress === undefined ? '' : `X-Forwarded-For: ${remoteAddress}\r\n`
  return `${caller.impersonation}Audit-ID: ${auditId}\r\n${forwardedFor}`
}
