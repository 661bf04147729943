import { UpstreamError } from './errors.ts'
import { parseResponseHead, type ResponseHead } from './response-head.ts'

/** What the parser found, in this order: one head, any number of data, one end. */
export interface ResponseEvents {
  onHead(head: ResponseHead): void
  onData(data: Buffer): void
  onEnd(): void
}

const MAX_HEAD_BYTES = 256 * 1024
const MAX_TRAILER_BYTES = 16 * 1024
const MAX_LINE_BYTES = 32
const EMPTY: Buffer = Buffer.alloc(0)
const END_OF_HEAD = Buffer.from('\r\n\r\n')
const CR = 13
const LF = 10

type State = 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'done'

/**
 * Reads one HTTP/1.1 answer from the pieces in which it arrives. Interim answers (1xx but 101) are skipped,
 * trailers are read and thrown away, chunk extensions are refused. No copies of the body are made.
 */
export class ResponseParser {
  readonly #method: string
  readonly #events: ResponseEvents
  #state: State = 'head'
  /** What of the head, a chunk's size line or the trailers has come. */
  #pending: Buffer = EMPTY
  /** Bytes of the body, or of the chunk, that are still to come. */
  #remaining = 0
  #trailerBytes = 0

  constructor(method: string, events: ResponseEvents) {
    this.#method = method
    this.#events = events
  }

  get isDone(): boolean {
    return this.#state === 'done'
  }

  /** Whether any byte of the final answer's head was taken in. */
  get hasBegun(): boolean {
    return this.#state !== 'head' || this.#pending.length > 0
  }

  /**
   * Takes in bytes; returns those that come after the end of the answer (empty, if all is well).
   *
   * @throws UpstreamError `ERR_UPSTREAM_MALFORMED`
   */
  feed(bytes: Buffer): Buffer {
    let rest = bytes
    while (rest.length > 0 && this.#state !== 'done') rest = this.#step(rest)
    return rest
  }

  #step(bytes: Buffer): Buffer {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes)
      case 'length':
        return this.#readData(bytes, 'done')
      case 'chunk-size':
        return this.#readChunkSize(bytes)
      case 'chunk-data':
        return this.#readData(bytes, 'chunk-end')
      case 'chunk-end':
        return this.#readChunkEnd(bytes)
      case 'trailers':
        return this.#readTrailer(bytes)
      case 'done':
      default:
        return bytes
    }
  }

  #readHead(bytes: Buffer): Buffer {
    const from = Math.max(0, this.#pending.length - 3)
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    const end = all.indexOf(END_OF_HEAD, from)
    if (end === -1 ? all.length > MAX_HEAD_BYTES : end > MAX_HEAD_BYTES)
      throw malformed('its head is too long')
    if (end === -1) {
      this.#pending = all
      return EMPTY
    }
    this.#pending = EMPTY
    const head = parseResponseHead(all.toString('latin1', 0, end), this.#method)
    const rest = all.subarray(end + 4)
    if (head.status < 200 && head.status !== 101) return rest
    const { framing } = head
    const isEmpty = framing === 'none' || (typeof framing === 'object' && framing.length === 0)
    if (isEmpty) this.#state = 'done'
    else if (framing === 'chunked') this.#state = 'chunk-size'
    else {
      this.#state = 'length'
      this.#remaining = framing.length
    }
    this.#events.onHead(head)
    if (isEmpty) this.#events.onEnd()
    return rest
  }

  #readData(bytes: Buffer, next: 'done' | 'chunk-end'): Buffer {
    const data = bytes.length <= this.#remaining ? bytes : bytes.subarray(0, this.#remaining)
    this.#remaining -= data.length
    if (this.#remaining === 0) this.#state = next
    this.#events.onData(data)
    if (this.#remaining === 0 && next === 'done') this.#events.onEnd()
    return bytes.subarray(data.length)
  }

  #readChunkSize(bytes: Buffer): Buffer {
    const { line, rest } = this.#readLine(bytes, MAX_LINE_BYTES)
    if (line === undefined) return rest
    if (!/^[0-9A-Fa-f]{1,12}$/.test(line)) throw malformed('the size of a chunk is no number')
    this.#remaining = Number.parseInt(line, 16)
    this.#state = this.#remaining === 0 ? 'trailers' : 'chunk-data'
    return rest
  }

  #readChunkEnd(bytes: Buffer): Buffer {
    const { line, rest } = this.#readLine(bytes, 0)
    if (line !== undefined) this.#state = 'chunk-size'
    return rest
  }

  #readTrailer(bytes: Buffer): Buffer {
    const { line, rest } = this.#readLine(bytes, MAX_TRAILER_BYTES)
    if (line === undefined) return rest
    this.#trailerBytes += line.length
    if (this.#trailerBytes > MAX_TRAILER_BYTES) throw malformed('its trailers are too long')
    if (line === '') {
      this.#state = 'done'
      this.#events.onEnd()
    }
    return rest
  }

  /** A line that ends in CRLF, without it; undefined until its end has come. */
  #readLine(bytes: Buffer, maxBytes: number): { line: string | undefined; rest: Buffer } {
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    const end = all.indexOf(LF)
    if (end === -1) {
      if (all.length > maxBytes + 1) throw malformed('a line is too long')
      this.#pending = all
      return { line: undefined, rest: EMPTY }
    }
    this.#pending = EMPTY
    if (end === 0 || all[end - 1] !== CR || end - 1 > maxBytes)
      throw malformed('a line does not end in CRLF, or is too long')
    return { line: all.toString('latin1', 0, end - 1), rest: all.subarray(end + 1) }
  }
}

function malformed(why: string): UpstreamError {
  return new UpstreamError('ERR_UPSTREAM_MALFORMED', `the API server's answer is malformed: ${why}`)
}
