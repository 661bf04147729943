/** What the first bytes of a connection say. */
export type ClientHello =
  | { readonly state: 'incomplete' }
  | { readonly state: 'hello'; readonly serverName: string | undefined }
  | { readonly state: 'invalid'; readonly reason: string }

const CONTENT_TYPE_HANDSHAKE = 22
const HANDSHAKE_CLIENT_HELLO = 1
const EXTENSION_SERVER_NAME = 0
const NAME_TYPE_HOST_NAME = 0
const RECORD_HEADER_BYTES = 5
const HANDSHAKE_HEADER_BYTES = 4
const MAX_RECORD_BYTES = 2 ** 14
/** Labels of letters, digits, hyphens and underscores, at most 253 characters, no dot at the end. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/

/**
 * Reads the server name from the bytes with which a TLS client begins: RFC 8446 §4.1.2 (the same layout back
 * to SSL 3) and RFC 6066 §3. A hello may be spread over several records. Pure, looks at nothing after the
 * hello, and is as strict as OpenSSL is about a second name, so that both read the same name or none.
 *
 * @param bytes what has arrived so far; `incomplete` asks for more
 * @param maxBytes of the hello itself; a longer one is invalid as soon as its length is known
 */
export function parseClientHello(bytes: Buffer, maxBytes: number): ClientHello {
  const handshake = joinRecords(bytes, maxBytes + HANDSHAKE_HEADER_BYTES)
  if (typeof handshake === 'string') return { state: 'invalid', reason: handshake }
  if (handshake.length > 0 && handshake[0] !== HANDSHAKE_CLIENT_HELLO) {
    return { state: 'invalid', reason: 'the first handshake message is not a ClientHello' }
  }
  if (handshake.length < HANDSHAKE_HEADER_BYTES) return { state: 'incomplete' }
  const length = handshake.readUIntBE(1, 3)
  if (length > maxBytes)
    return { state: 'invalid', reason: `the ClientHello is longer than ${maxBytes} bytes` }
  if (handshake.length < HANDSHAKE_HEADER_BYTES + length) return { state: 'incomplete' }
  const body = handshake.subarray(HANDSHAKE_HEADER_BYTES, HANDSHAKE_HEADER_BYTES + length)
  try {
    return { state: 'hello', serverName: serverNameOf(new Reader(body)) }
  } catch (error) {
    if (error instanceof MalformedHello) return { state: 'invalid', reason: error.message }
    throw error
  }
}

/**
 * The handshake bytes in the records at the start of `bytes`, until one message or `atMost` bytes are there; or
 * what is wrong. Records after the hello (early data, for instance) are not looked at.
 */
function joinRecords(bytes: Buffer, atMost: number): Buffer | string {
  let joined: Buffer = Buffer.alloc(0)
  let offset = 0
  while (offset < bytes.length && joined.length < Math.min(atMost, messageLength(joined))) {
    if (bytes[offset] !== CONTENT_TYPE_HANDSHAKE) return 'the connection does not begin with a TLS handshake'
    if (offset + 1 < bytes.length && bytes[offset + 1] !== 3) return 'the TLS record has an unknown version'
    if (offset + RECORD_HEADER_BYTES > bytes.length) break
    const length = bytes.readUInt16BE(offset + 3)
    // An empty fragment would let a client send records without end and never a hello (RFC 8446 §5.1).
    if (length === 0) return 'a TLS record is empty'
    if (length > MAX_RECORD_BYTES) return `a TLS record is longer than ${MAX_RECORD_BYTES} bytes`
    offset += RECORD_HEADER_BYTES
    const fragment = bytes.subarray(offset, offset + length)
    joined = joined.length === 0 ? fragment : Buffer.concat([joined, fragment])
    offset += length
  }
  return joined
}

/** The bytes of a handshake message with its header, of which `start` are known. */
function messageLength(start: Buffer): number {
  return start.length < HANDSHAKE_HEADER_BYTES ? Infinity : HANDSHAKE_HEADER_BYTES + start.readUIntBE(1, 3)
}

function serverNameOf(hello: Reader): string | undefined {
  hello.skip(2 + 32, 'version and random')
  if (hello.vector(1, 'session ID').length > 32) throw new MalformedHello('the session ID is too long')
  const cipherSuites = hello.vector(2, 'cipher suites')
  if (cipherSuites.length < 2 || cipherSuites.length % 2 !== 0) {
    throw new MalformedHello('the list of cipher suites has an impossible length')
  }
  if (hello.vector(1, 'compression methods').length === 0) {
    throw new MalformedHello('there is no compression method')
  }
  if (hello.atEnd) return undefined
  const extensions = new Reader(hello.vector(2, 'extensions'))
  if (!hello.atEnd) throw new MalformedHello('bytes follow the extensions')
  let serverName: string | undefined
  while (!extensions.atEnd) {
    const type = extensions.number(2, 'extension type')
    const data = extensions.vector(2, 'extension')
    if (type !== EXTENSION_SERVER_NAME) continue
    if (serverName !== undefined) throw new MalformedHello('there are two server_name extensions')
    serverName = hostNameOf(new Reader(data))
  }
  return serverName
}

function hostNameOf(extension: Reader): string {
  const names = new Reader(extension.vector(2, 'server name list'))
  if (!extension.atEnd) throw new MalformedHello('bytes follow the server name list')
  if (names.number(1, 'name type') !== NAME_TYPE_HOST_NAME) {
    throw new MalformedHello('the server name is not a host name')
  }
  const name = names.vector(2, 'host name').toString('latin1').toLowerCase()
  if (!names.atEnd) throw new MalformedHello('there are two server names')
  if (!HOST_NAME.test(name)) throw new MalformedHello('the server name is not a DNS name')
  return name
}

class MalformedHello extends Error {}

/** Reads numbers and length-prefixed vectors in order; never past the end. */
class Reader {
  readonly #bytes: Buffer
  #offset = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length
  }

  skip(count: number, what: string): Buffer {
    const end = this.#offset + count
    if (end > this.#bytes.length) throw new MalformedHello(`the hello ends within its ${what}`)
    const taken = this.#bytes.subarray(this.#offset, end)
    this.#offset = end
    return taken
  }

  number(size: 1 | 2, what: string): number {
    return this.skip(size, what).readUIntBE(0, size)
  }

  vector(lengthSize: 1 | 2, what: string): Buffer {
    return this.skip(this.number(lengthSize, what), what)
  }
}
