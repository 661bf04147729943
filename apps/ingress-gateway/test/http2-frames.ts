import type { TLSSocket } from 'node:tls'
import { openTls, type RawRequest } from './gateway.ts'

const TYPES = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, continuation: 9 } as const
const END_STREAM = 0x1
const END_HEADERS = 0x4
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** A frame (RFC 9113 §4.1). */
export interface Frame {
  readonly type: number
  readonly stream: number
  readonly payload: Buffer
}

/** A client that sends whatever frames it is told to, right or wrong. */
export class FrameClient {
  readonly socket: TLSSocket
  readonly frames: Frame[] = []
  #rest = Buffer.alloc(0)

  private constructor(socket: TLSSocket) {
    this.socket = socket
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.write(PREFACE)
    this.send('settings', 0, 0)
  }

  static async open(to: RawRequest): Promise<FrameClient> {
    return new FrameClient(await openTls(to, { ALPNProtocols: ['h2'] }))
  }

  send(type: keyof typeof TYPES, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): void {
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.length, 0, 3)
    head[3] = TYPES[type]
    head[4] = flags
    head.writeUInt32BE(stream, 5)
    if (!this.socket.destroyed) this.socket.write(Buffer.concat([head, payload]))
  }

  /** A whole header block, with nothing after it when `end`. */
  headers(stream: number, fields: readonly (readonly [string, string])[], end = true): void {
    this.send('headers', END_HEADERS | (end ? END_STREAM : 0), stream, literals(fields))
  }

  data(stream: number, text: string, end = true): void {
    this.send('data', end ? END_STREAM : 0, stream, Buffer.from(text))
  }

  reset(stream: number): void {
    const cancel = Buffer.alloc(4)
    cancel[3] = 8
    this.send('reset', 0, stream, cancel)
  }

  /** How `stream` was answered: by an error code, by headers, or not yet. */
  outcome(stream: number): 'answered' | 'refused' | undefined {
    const ofStream = this.frames.filter((frame) => frame.stream === stream)
    if (ofStream.some(({ type }) => type === TYPES.headers)) return 'answered'
    const wasEnded = this.frames.some(({ type }) => type === TYPES.goAway) || this.socket.destroyed
    return wasEnded || ofStream.some(({ type }) => type === TYPES.reset) ? 'refused' : undefined
  }

  /** The bytes of the bodies that came. */
  received(): number {
    const bodies = this.frames.filter(({ type }) => type === TYPES.data)
    return bodies.reduce((sum, { payload }) => sum + payload.length, 0)
  }

  get isClosed(): boolean {
    return this.socket.destroyed || this.socket.readableEnded
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= 9) {
      const length = this.#rest.readUIntBE(0, 3)
      if (this.#rest.length < 9 + length) return
      const stream = this.#rest.readUInt32BE(5) & 0x7fff_ffff
      this.frames.push({ type: this.#rest[3]!, stream, payload: this.#rest.subarray(9, 9 + length) })
      this.#rest = this.#rest.subarray(9 + length)
    }
  }
}

/** Header fields as HPACK literals that are not indexed (RFC 7541 §6.2.2), byte for byte as given. */
export function literals(fields: readonly (readonly [string, string])[]): Buffer {
  const parts = fields.flatMap(([name, value]) => [Buffer.from([0]), string(name), string(value)])
  return Buffer.concat(parts)
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  return Buffer.concat([integer(bytes.length), bytes])
}

/** An integer with a prefix of seven bits (RFC 7541 §5.1). */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value])
  const bytes = [127]
  let rest = value - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}

export function pseudo(host: string, path = '/', method = 'GET'): [string, string][] {
  return [
    [':method', method],
    [':scheme', 'https'],
    [':authority', host],
    [':path', path],
  ]
}
