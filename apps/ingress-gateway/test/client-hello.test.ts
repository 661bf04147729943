import { Duplex } from 'node:stream'
import { connect, type ConnectionOptions } from 'node:tls'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseClientHello } from '../src/client-hello.ts'

const LIMIT = 16_384

/** The first flight of Node's own TLS client. */
async function realHello(options: ConnectionOptions): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      resolve(chunk)
      done()
    },
  })
  const client = connect({ ...options, socket })
  client.on('error', () => undefined)
  const hello = await promise
  client.destroy()
  return hello
}

const u8 = (value: number) => Buffer.from([value])
const u16 = (value: number) => Buffer.from([value >> 8, value & 255])
const u24 = (value: number) => Buffer.from([value >> 16, (value >> 8) & 255, value & 255])
const vector = (size: 1 | 2, ...parts: Buffer[]) => {
  const content = Buffer.concat(parts)
  return Buffer.concat([size === 1 ? u8(content.length) : u16(content.length), content])
}
const extension = (type: number, ...data: Buffer[]) => Buffer.concat([u16(type), vector(2, ...data)])
const hostName = (name: string, type = 0) => Buffer.concat([u8(type), vector(2, Buffer.from(name, 'latin1'))])
const serverName = (...names: string[]) => extension(0, vector(2, ...names.map((name) => hostName(name))))

interface Shape {
  readonly sessionId?: Buffer
  readonly cipherSuites?: Buffer
  readonly compression?: Buffer
  readonly extensions?: Buffer[] | undefined
  readonly tail?: Buffer
}
function body(shape: Shape): Buffer {
  return Buffer.concat([
    u16(0x0303),
    Buffer.alloc(32, 7),
    vector(1, shape.sessionId ?? Buffer.alloc(32, 1)),
    vector(2, shape.cipherSuites ?? u16(0x1301)),
    vector(1, shape.compression ?? u8(0)),
    shape.extensions ? vector(2, ...shape.extensions) : Buffer.alloc(0),
    shape.tail ?? Buffer.alloc(0),
  ])
}
const handshake = (hello: Buffer, type = 1) => Buffer.concat([u8(type), u24(hello.length), hello])
const record = (content: Buffer, type = 22, major = 3) =>
  Buffer.concat([u8(type), u8(major), u8(1), vector(2, content)])
const hello = (shape: Shape) => record(handshake(body(shape)))

describe('a hello of a real client', () => {
  test.each([
    ['dex.gatehouse.localhost', 'dex.gatehouse.localhost'],
    ['DEX.Gatehouse.localhost', 'dex.gatehouse.localhost'],
    ['a', 'a'],
  ])('for %s names %s', async (servername, expected) => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const bytes = await realHello({ servername, maxVersion })
      expect(parseClientHello(bytes, LIMIT)).toEqual({ state: 'hello', serverName: expected })
    }
  })

  test('without a server name has none', async () => {
    const bytes = await realHello({ servername: '' })
    expect(parseClientHello(bytes, LIMIT)).toEqual({ state: 'hello', serverName: undefined })
  })

  test('is read the same however it is cut into records', async () => {
    const bytes = await realHello({
      servername: 'dex.gatehouse.localhost',
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    const message = bytes.subarray(5)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 20 }), (lengths) => {
        const records: Buffer[] = []
        let rest = message
        for (const length of [...lengths, message.length]) {
          if (rest.length > 0) records.push(record(rest.subarray(0, length)))
          rest = rest.subarray(length)
        }
        expect(parseClientHello(Buffer.concat(records), LIMIT)).toEqual({
          state: 'hello',
          serverName: 'dex.gatehouse.localhost',
        })
      }),
    )
  })

  test('is incomplete at every earlier byte', async () => {
    const bytes = await realHello({ servername: 'dex.gatehouse.localhost' })
    for (let length = 0; length < bytes.length; length += 1) {
      expect(parseClientHello(bytes.subarray(0, length), LIMIT)).toEqual({ state: 'incomplete' })
    }
  })

  test('with any byte changed never throws, and never yields what is not a DNS name', async () => {
    const bytes = await realHello({ servername: 'dex.gatehouse.localhost' })
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (index, value) => {
        const changed = Buffer.from(bytes)
        changed[index] = value
        const result = parseClientHello(changed, LIMIT)
        const name = result.state === 'hello' ? result.serverName : undefined
        expect(name ?? 'none').toMatch(/^[a-z0-9_.-]{1,253}$/)
      }),
      { numRuns: 2000 },
    )
  })
})

test('arbitrary bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, framed) => {
      const input = framed ? record(handshake(Buffer.from(bytes))) : Buffer.from(bytes)
      expect(['incomplete', 'hello', 'invalid']).toContain(parseClientHello(input, LIMIT).state)
    }),
    { numRuns: 2000 },
  )
})

test.each<[string, Buffer, string | undefined]>([
  ['no extensions at all', hello({}), undefined],
  ['other extensions only', hello({ extensions: [extension(10, u16(2), u16(29))] }), undefined],
  ['a server name after other extensions', hello({ extensions: [extension(10), serverName('a.b')] }), 'a.b'],
  [
    'bytes after the record',
    Buffer.concat([hello({ extensions: [serverName('a.b')] }), Buffer.from('x')]),
    'a.b',
  ],
])('a hello with %s is read', (_, bytes, expected) => {
  expect(parseClientHello(bytes, LIMIT)).toEqual({ state: 'hello', serverName: expected })
})

test.each<[string, Buffer, string]>([
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'does not begin with a TLS handshake'],
  ['an SSH banner', Buffer.from('SSH-2.0-x'), 'does not begin with a TLS handshake'],
  ['an SSLv2 hello', Buffer.from([0x80, 0x2e, 1, 3, 1]), 'does not begin with a TLS handshake'],
  ['an alert', record(Buffer.from([2, 40]), 21), 'does not begin with a TLS handshake'],
  ['another major version', record(handshake(body({})), 22, 4), 'unknown version'],
  ['an empty record', record(Buffer.alloc(0)), 'empty'],
  ['a record beyond 2^14', Buffer.from([22, 3, 1, 0x40, 1]), 'longer than 16384'],
  ['a ServerHello', record(handshake(body({}), 2)), 'not a ClientHello'],
  ['a length beyond the limit', record(Buffer.from([1, 0xff, 0xff, 0xff])), 'longer than'],
  [
    'alien bytes between two records',
    Buffer.concat([record(Buffer.from([1])), Buffer.from('GET')]),
    'does not begin',
  ],
  ['an end within the random', record(handshake(Buffer.alloc(20))), 'ends within'],
  ['a session ID of 33 bytes', hello({ sessionId: Buffer.alloc(33) }), 'session ID'],
  ['no cipher suites', hello({ cipherSuites: Buffer.alloc(0) }), 'cipher suites'],
  ['half a cipher suite', hello({ cipherSuites: Buffer.alloc(3) }), 'cipher suites'],
  ['no compression method', hello({ compression: Buffer.alloc(0) }), 'compression'],
  ['bytes after the extensions', hello({ extensions: [], tail: u8(1) }), 'follow the extensions'],
  ['an extension beyond the end', hello({ extensions: [Buffer.from([0, 0, 0, 9])] }), 'ends within'],
  [
    'two server_name extensions',
    hello({ extensions: [serverName('a'), serverName('b')] }),
    'two server_name',
  ],
  ['two names in one extension', hello({ extensions: [serverName('a', 'b')] }), 'two server names'],
  ['an empty name', hello({ extensions: [serverName('')] }), 'not a DNS name'],
  ['a name with NUL', hello({ extensions: [serverName('dex\0.evil')] }), 'not a DNS name'],
  ['a name with a newline', hello({ extensions: [serverName('dex\n')] }), 'not a DNS name'],
  ['a name in UTF-8', hello({ extensions: [serverName('dëx')] }), 'not a DNS name'],
  ['a trailing dot', hello({ extensions: [serverName('dex.')] }), 'not a DNS name'],
  ['a name of 254 characters', hello({ extensions: [serverName('a.'.repeat(127))] }), 'not a DNS name'],
  [
    'another name type',
    hello({ extensions: [extension(0, vector(2, hostName('a', 1)))] }),
    'not a host name',
  ],
  [
    'bytes after the name list',
    hello({ extensions: [extension(0, vector(2, hostName('a')), u8(0))] }),
    'follow',
  ],
])('%s is invalid', (_, bytes, reason) => {
  expect(parseClientHello(bytes, LIMIT)).toEqual({
    state: 'invalid',
    reason: expect.stringContaining(reason),
  })
})
