import type { TLSSocket } from 'node:tls'
import type { Connection, ExchangeEvents } from './connection.ts'
import { UpstreamError } from './errors.ts'
import type { ConnectionPool } from './pool.ts'
import type { ResponseHead } from './response-head.ts'

export interface UpstreamRequest {
  readonly method: string
  /** Byte for byte what was authorized. */
  readonly target: string
  /** Complete header lines, in Latin-1; Host, the proxy's own credential and the framing are added here. */
  readonly headers: string
  readonly body: 'none' | 'chunked' | { readonly length: number }
  /** In milliseconds; Infinity for requests that may take long before they answer. */
  readonly answerWithinMs: number
  /** Whether a 101 is an answer to this request; its connection serves no other one. */
  readonly isUpgrade: boolean
}

/** May be sent again where a reused connection turned out to be closed (RFC 9110, section 9.2.2). */
const REPLAYABLE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** One request to the API server and its answer. */
export class Exchange {
  readonly #pool: ConnectionPool
  readonly #request: UpstreamRequest
  readonly #events: ExchangeEvents
  readonly #hasBody: boolean
  readonly #isChunked: boolean
  #connection: Connection | undefined
  #giveUpConnecting: (() => void) | undefined
  /** The body's pieces, while there is no connection to write them to. */
  readonly #waiting: Buffer[] = []
  #isBodyComplete = false

  /** Sends the request; `events` are heard from the next turn on. */
  constructor(pool: ConnectionPool, request: UpstreamRequest, events: ExchangeEvents) {
    this.#pool = pool
    this.#request = request
    this.#events = events
    const { body } = request
    this.#isChunked = body === 'chunked'
    this.#hasBody = this.#isChunked || (typeof body === 'object' && body.length > 0)
    const warm = pool.takeIdle()
    if (warm) this.#run(warm)
    else this.#open()
  }

  /** Writes a piece of the body; false when it is better to wait for `onDrain`. */
  write(data: Buffer): boolean {
    if (this.#connection) return this.#connection.writeBody(data, this.#isChunked)
    this.#waiting.push(data)
    return false
  }

  end(): void {
    this.#isBodyComplete = true
    this.#connection?.endBody(this.#isChunked)
  }

  /** Stops reading the answer, until `resume`. */
  pause(): void {
    this.#connection?.socket.pause()
  }

  resume(): void {
    this.#connection?.socket.resume()
  }

  /** Ends the exchange; no event follows. */
  abort(): void {
    this.#giveUpConnecting?.()
    this.#connection?.abort()
    this.#connection = undefined
  }

  /** Takes the socket after a 101, paused. */
  detach(): TLSSocket {
    const connection = this.#connection
    if (connection === undefined) throw new TypeError('the exchange has no connection to give away')
    this.#connection = undefined
    return connection.detach()
  }

  #open(): void {
    this.#giveUpConnecting = this.#pool.open((error, connection) => {
      this.#giveUpConnecting = undefined
      if (connection) this.#run(connection)
      else this.#events.onError(error!)
    })
  }

  #run(connection: Connection): void {
    const { method, target, headers, body, answerWithinMs, isUpgrade } = this.#request
    this.#connection = connection
    connection.deadline = performance.now() + answerWithinMs
    const head = `${method} ${target} HTTP/1.1\r\n${this.#pool.endpoint.headers}${headers}${framingOf(body)}\r\n`
    connection.begin(
      { method, head, hasBody: this.#hasBody, isLast: isUpgrade },
      {
        onHead: (response) => this.#onHead(response),
        onData: (data) => this.#events.onData(data),
        onDrain: () => this.#events.onDrain(),
        onEnd: () => {
          this.#connection = undefined
          this.#events.onEnd()
        },
        onError: (error) => this.#onError(error),
      },
    )
    if (!this.#hasBody) return
    for (const piece of this.#waiting.splice(0)) connection.writeBody(piece, this.#isChunked)
    if (this.#isBodyComplete) connection.endBody(this.#isChunked)
    else this.#events.onDrain()
  }

  #onHead(response: ResponseHead): void {
    if (response.status === 101 && !this.#request.isUpgrade) {
      this.abort()
      const message = 'the API server switched protocols without being asked to'
      this.#events.onError(new UpstreamError('ERR_UPSTREAM_MALFORMED', message))
      return
    }
    this.#events.onHead(response)
  }

  #onError(error: UpstreamError): void {
    this.#connection = undefined
    const isReplayable =
      error.code === 'ERR_UPSTREAM_STALE' && !this.#hasBody && REPLAYABLE.has(this.#request.method)
    if (isReplayable) this.#open()
    else this.#events.onError(error)
  }
}

function framingOf(body: UpstreamRequest['body']): string {
  if (body === 'none') return ''
  return body === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${body.length}\r\n`
}
