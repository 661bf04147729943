/**
 * Follows a stream of WebSocket frames (RFC 6455, section 5.2) without looking into them, to know where one
 * ends and another may be put in between.
 */
export class FrameBoundaries {
  /** The header of a frame, as far as it has come. */
  #header: number[] = []
  /** Bytes of the frame's payload that are still to come. */
  #remaining = 0

  get isAtBoundary(): boolean {
    return this.#remaining === 0 && this.#header.length === 0
  }

  follow(bytes: Buffer): void {
    let offset = 0
    while (offset < bytes.length) {
      if (this.#remaining > 0) {
        const taken = Math.min(this.#remaining, bytes.length - offset)
        this.#remaining -= taken
        offset += taken
        continue
      }
      this.#header.push(bytes[offset++]!)
      const payload = payloadLength(this.#header)
      if (payload === undefined) continue
      this.#remaining = payload
      this.#header = []
    }
  }
}

/** The payload's length, once the header is complete. */
function payloadLength(header: readonly number[]): number | undefined {
  const second = header[1]
  if (second === undefined) return undefined
  const short = second & 0x7f
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  const maskBytes = (second & 0x80) === 0 ? 0 : 4
  if (header.length < 2 + lengthBytes + maskBytes) return undefined
  if (lengthBytes === 0) return short
  return header.slice(2, 2 + lengthBytes).reduce((length, byte) => length * 256 + byte, 0)
}

/** A whole frame as a server sends it. Payloads of at most 65,535 bytes. */
export function serverFrame(kind: 'binary' | 'close', payload: Buffer): Buffer {
  const opcode = kind === 'binary' ? 0x2 : 0x8
  const length = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 0xff]
  return Buffer.concat([Buffer.from([0x80 | opcode, ...length]), payload])
}
