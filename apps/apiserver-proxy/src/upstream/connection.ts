import type { TLSSocket } from 'node:tls'
import { UpstreamError, type UpstreamErrorCode } from './errors.ts'
import { ResponseParser, type ResponseEvents } from './response-parser.ts'

/** What an exchange hears. After `onEnd` or `onError` nothing follows. */
export interface ExchangeEvents extends ResponseEvents {
  onError(error: UpstreamError): void
  /** The request's body may be written again. */
  onDrain(): void
}

/** Who keeps connections between exchanges. */
export interface ConnectionOwner {
  /** The connection is idle and good for another exchange. */
  onIdle(connection: Connection): void
  /** The connection is of no use any more. */
  onGone(connection: Connection): void
}

export interface BeginRequest {
  readonly method: string
  /** Latin-1, complete with its empty line. */
  readonly head: string
  readonly hasBody: boolean
  /** The connection is closed after this exchange, whatever its answer says. */
  readonly isLast: boolean
}

interface Current {
  readonly events: ExchangeEvents
  readonly parser: ResponseParser
  /** Whether the request was written to its end. */
  isSent: boolean
  keepAlive: boolean
}

const LAST_CHUNK = '0\r\n\r\n'

/**
 * One TLS connection to the API server, with one exchange at a time. A byte that nobody waits for destroys
 * it, whatever it is: what is not an answer to this request could be taken for one to the next.
 */
export class Connection {
  readonly socket: TLSSocket
  readonly #owner: ConnectionOwner
  #current: Current | undefined
  #isDetached = false
  #served = 0
  /** When it became idle, in milliseconds of `performance.now`. */
  idleSince = 0
  /** When the answer must have begun, in the same clock; Infinity when there is no such limit. */
  deadline = Infinity

  constructor(socket: TLSSocket, owner: ConnectionOwner) {
    this.socket = socket
    this.#owner = owner
    socket.on('data', this.#onData)
    socket.on('drain', this.#onDrain)
    socket.on('error', this.#onError)
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onClose)
  }

  /** Writes the head of a request and begins to listen. */
  begin(request: BeginRequest, events: ExchangeEvents): void {
    const { method, head, hasBody, isLast } = request
    const parser = new ResponseParser(method, {
      onHead: (response) => {
        this.deadline = Infinity
        current.keepAlive = response.keepAlive && !isLast
        events.onHead(response)
      },
      // An event may have ended the exchange in the middle of these bytes.
      onData: (data) => {
        if (this.#current === current) events.onData(data)
      },
      onEnd: () => this.#finish(current),
    })
    const current: Current = { events, parser, isSent: !hasBody, keepAlive: true }
    this.#current = current
    if (!hasBody) {
      this.socket.write(head, 'latin1')
      return
    }
    // The first piece of the body, if it is there already, leaves in one record with the head.
    this.socket.cork()
    this.socket.write(head, 'latin1')
    setImmediate(() => this.socket.uncork())
  }

  /** Writes a piece of the request's body; false when it is better to wait for `onDrain`. */
  writeBody(data: Buffer, isChunked: boolean): boolean {
    if (!isChunked) return this.socket.write(data)
    // A chunk of no bytes would be the last one.
    if (data.length === 0) return true
    this.socket.cork()
    this.socket.write(`${data.length.toString(16)}\r\n`, 'latin1')
    this.socket.write(data)
    const hasRoom = this.socket.write('\r\n', 'latin1')
    this.socket.uncork()
    return hasRoom
  }

  endBody(isChunked: boolean): void {
    if (isChunked) this.socket.write(LAST_CHUNK, 'latin1')
    if (this.#current) this.#current.isSent = true
  }

  /** Gives the socket away, paused, with what came after the head of a 101 still to be read from it. */
  detach(): TLSSocket {
    this.#current = undefined
    this.#isDetached = true
    const { socket } = this
    socket.pause()
    socket.off('data', this.#onData)
    socket.off('drain', this.#onDrain)
    socket.off('error', this.#onError)
    socket.off('end', this.#onEnd)
    socket.off('close', this.#onClose)
    this.#owner.onGone(this)
    return socket
  }

  /** Nobody wants the rest of the answer. */
  abort(): void {
    this.#current = undefined
    this.socket.destroy()
  }

  timeOut(): void {
    this.#fail('ERR_UPSTREAM_TIMEOUT', 'the API server did not begin its answer in time')
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#current === undefined) {
      this.socket.destroy()
      return
    }
    try {
      const surplus = this.#current.parser.feed(bytes)
      if (surplus.length === 0) return
      if (this.#isDetached) this.socket.unshift(surplus)
      else this.socket.destroy()
    } catch (cause) {
      if (!(cause instanceof UpstreamError)) throw cause
      this.#fail(cause.code, cause.message, cause)
    }
  }
  readonly #onDrain = (): void => this.#current?.events.onDrain()
  readonly #onError = (cause: Error): void => {
    this.#fail('ERR_UPSTREAM_CLOSED', `the connection to the API server broke: ${cause.message}`, cause)
  }
  readonly #onEnd = (): void => this.#fail('ERR_UPSTREAM_CLOSED', 'the API server closed the connection')
  readonly #onClose = (): void => {
    this.#fail('ERR_UPSTREAM_CLOSED', 'the connection to the API server was closed')
    this.#owner.onGone(this)
  }

  #finish(current: Current): void {
    if (this.#current !== current) return
    this.#current = undefined
    this.#served++
    const { socket } = this
    // An answer before the end of its request: where the rest of the request ends, nobody knows.
    if (current.keepAlive && current.isSent && !socket.destroyed) {
      if (socket.isPaused()) socket.resume()
      this.#owner.onIdle(this)
    } else socket.destroy()
    current.events.onEnd()
  }

  #fail(code: UpstreamErrorCode, message: string, cause?: unknown): void {
    const current = this.#current
    this.#current = undefined
    this.socket.destroy()
    if (current === undefined) return
    const isStale = code === 'ERR_UPSTREAM_CLOSED' && this.#served > 0 && !current.parser.hasBegun
    current.events.onError(new UpstreamError(isStale ? 'ERR_UPSTREAM_STALE' : code, message, { cause }))
  }
}
