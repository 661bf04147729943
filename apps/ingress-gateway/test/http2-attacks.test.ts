import { connect } from 'node:http2'
import { assert, asyncProperty, uint8Array } from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningGateway, startGateway } from './gateway.ts'
import { FrameClient, literals, pseudo } from './http2-frames.ts'
import { startUpstream, type Upstream } from './upstream.ts'
import { useWorkshop } from './use-workshop.ts'

const workshop = useWorkshop()
let ui: Upstream
let gateway: RunningGateway
beforeAll(async () => {
  ui = await startUpstream(undefined, '', (request, response) => {
    if (request.url !== '/large') return response.end('ok')
    return response.end(Buffer.alloc(30_000_000))
  })
  gateway = await startGateway({
    hosts: [
      {
        host: 'ui.test',
        tls: await workshop.serverPair('ui.test'),
        upstream: { service: 'console', url: `http://127.0.0.1:${ui.port}` },
      },
    ],
    limits: { headerBytes: 4096, idleSeconds: 0.5, requestSeconds: 0.5, unreadSeconds: 0.5, bodyBytes: 1000 },
  })
})
afterAll(async () => {
  await gateway?.drain()
  await ui?.[Symbol.asyncDispose]()
})

const target = () => ({
  port: gateway.port,
  ca: workshop.authority.certificatePem,
  serverName: 'ui.test',
})

/** Someone else's request, which must be served as ever. */
async function isServed(): Promise<boolean> {
  const session = connect(`https://127.0.0.1:${gateway.port}`, { ca: target().ca, servername: 'ui.test' })
  const stream = session.request({ ':authority': 'ui.test', ':path': '/well' })
  stream.resume()
  const code = await new Promise((resolve) => stream.once('response', (head) => resolve(head[':status'])))
  session.destroy()
  return code === 200
}

/** What reached the service while `attack` ran, beside the request of someone else after it. */
async function reachedBy(attack: () => Promise<unknown>): Promise<string[]> {
  const before = ui.requests.length
  await attack()
  expect(await isServed()).toBe(true)
  return ui.requests
    .slice(before)
    .map(({ method, url }) => `${method} ${url}`)
    .filter((line) => line !== 'GET /well')
}

/** What each request has upstream. */
const OURS = /^(?:host|connection|audit-id|content-length|x-forwarded-(?:for|host|port|proto))$/

type Field = readonly [string, string]
const withFields = (...fields: Field[]): Field[] => [...pseudo('ui.test', '/attack', 'POST'), ...fields]

describe('smuggling: what HTTP/1.1 would read as something else never gets there', () => {
  const smuggled = 'x\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: ui.test'
  test.each<[string, Field]>([
    ['a line break in a value', ['x-a', smuggled]],
    ['a line feed in a value', ['x-a', 'x\nx-admin: 1']],
    ['a carriage return in a value', ['x-a', 'x\rx-admin: 1']],
    ['a zero byte in a value', ['x-a', 'x\0']],
    ['a line break in a name', [`x-a: 1\r\nx-admin`, '1']],
    ['a colon in a name', ['x-a:', '1']],
    ['a space in a name', ['x-a ', '1']],
    ['no name', ['', '1']],
  ])('%s takes the header away', async (_, field) => {
    const before = ui.requests.length
    const reached = await reachedBy(async () => {
      const client = await FrameClient.open(target())
      client.headers(1, withFields(field))
      await expect.poll(() => client.outcome(1)).toBeDefined()
      client.socket.destroy()
    })
    expect(reached).toEqual(['POST /attack'])
    expect(Object.keys(ui.requests[before]!.headers).filter((name) => !OURS.test(name))).toEqual([])
  })

  test.each<[string, readonly Field[]]>([
    ['a capital in a name', withFields(['X-A', '1'])],
    ['a line break in the path', [...pseudo('ui.test', `/ HTTP/1.1\r\n${smuggled}`)]],
    ['a space in the path', [...pseudo('ui.test', '/a HTTP/1.1')]],
    ['a line break in the method', [...pseudo('ui.test', '/', `GET / HTTP/1.1\r\n${smuggled}`)]],
    ['a line break in the host', [...pseudo(`ui.test\r\n${smuggled}`)]],
    ['user info in the host', [...pseudo('ui.test@other.test')]],
    ['a path in the host', [...pseudo('ui.test/x')]],
    ['Transfer-Encoding', withFields(['transfer-encoding', 'chunked'])],
    [
      'Transfer-Encoding beside a length',
      withFields(['transfer-encoding', 'chunked'], ['content-length', '0']),
    ],
    ['Connection', withFields(['connection', 'content-length'])],
    ['Upgrade', withFields(['upgrade', 'websocket'])],
    ['Keep-Alive', withFields(['keep-alive', 'timeout=5'])],
    ['TE that is not trailers', withFields(['te', 'chunked'])],
    ['two lengths', withFields(['content-length', '3'], ['content-length', '30'])],
    ['a length that is none', withFields(['content-length', '0x3'])],
    ['a negative length', withFields(['content-length', '-1'])],
    ['two paths', [...pseudo('ui.test'), [':path', '/other']]],
    ['two hosts', [...pseudo('ui.test'), [':authority', 'other.test']]],
    ['no path', pseudo('ui.test').filter(([name]) => name !== ':path')],
    ['a pseudo-header after others', [['x-a', '1'], ...pseudo('ui.test')]],
    ['an unknown pseudo-header', withFields([':evil', '1'])],
    ['an answer’s pseudo-header', withFields([':status', '200'])],
  ])('%s takes the request away', async (_, fields) => {
    const reached = await reachedBy(async () => {
      const client = await FrameClient.open(target())
      client.headers(1, fields)
      await expect.poll(() => client.outcome(1)).toBeDefined()
      client.socket.destroy()
    })
    expect(reached).toEqual([])
  })

  test.each<[string, string, string]>([
    ['more than its length', '3', 'abcGET /smuggled HTTP/1.1\r\nHost: ui.test\r\n\r\n'],
    ['less than its length', '50', 'abc'],
    ['something where it said nothing', '0', 'GET /smuggled HTTP/1.1\r\nHost: ui.test\r\n\r\n'],
  ])('a body that has %s', async (_, length, body) => {
    const reached = await reachedBy(async () => {
      const client = await FrameClient.open(target())
      client.headers(1, withFields(['content-length', length]), false)
      client.data(1, body)
      await expect.poll(() => client.outcome(1)).toBe('refused')
      client.socket.destroy()
    })
    // A request that was begun may be seen broken off; what stood behind it may not.
    expect(reached).not.toContain('GET /smuggled')
    expect(reached.length).toBeLessThanOrEqual(1)
  })

  test('trailers do not become headers', async () => {
    const client = await FrameClient.open(target())
    client.headers(1, [...pseudo('ui.test', '/trailers', 'POST')], false)
    client.data(1, 'abc', false)
    client.headers(1, [
      ['x-remote-user', 'admin'],
      ['content-length', '0'],
    ])
    await expect.poll(() => client.outcome(1)).toBeDefined()
    client.socket.destroy()
    const seen = ui.requests.filter(({ url }) => url === '/trailers')
    expect(seen.flatMap(({ headers }) => Object.keys(headers))).not.toContain('x-remote-user')
  })

  test('no bytes in a header make the gateway fail, or reach the service as another line', async () => {
    const bytes = uint8Array({ minLength: 1, maxLength: 20 }).map((array) =>
      Buffer.from(array).toString('latin1'),
    )
    await assert(
      asyncProperty(bytes, bytes, async (name, value) => {
        const before = ui.requests.length
        const client = await FrameClient.open(target())
        client.headers(1, [...pseudo('ui.test', '/fuzz'), [`x${name}`, value]])
        await expect.poll(() => client.outcome(1), { interval: 5 }).toBeDefined()
        client.socket.destroy()
        for (const { url, headers } of ui.requests.slice(before)) {
          expect(url).toBe('/fuzz')
          expect(Object.keys(headers).filter((key) => !OURS.test(key)).length).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 100 },
    )
    expect(await isServed()).toBe(true)
  })
})

describe('floods end their connection, and nobody else’s', () => {
  test('streams that are reset at once (CVE-2023-44487)', async () => {
    const reached = await reachedBy(async () => {
      const client = await FrameClient.open(target())
      for (let stream = 1; stream < 10_000 && !client.isClosed; stream += 2) {
        client.headers(stream, pseudo('ui.test', '/reset'))
        client.reset(stream)
      }
      await expect.poll(() => client.isClosed, { timeout: 10_000 }).toBe(true)
    })
    expect(reached.length).toBeLessThan(400)
  })

  test('more streams at once than are allowed', async () => {
    const client = await FrameClient.open(target())
    for (let stream = 1; stream < 600; stream += 2)
      client.headers(stream, pseudo('ui.test', '/open', 'POST'), false)
    await expect.poll(() => client.outcome(599)).toBe('refused')
    client.socket.destroy()
    expect(await isServed()).toBe(true)
  })

  test('headers that are too many', async () => {
    const many = Array.from({ length: 400 }, (_, index): Field => [`x-${index}`, '1'])
    const reached = await reachedBy(async () => {
      const client = await FrameClient.open(target())
      client.headers(1, withFields(...many))
      await expect.poll(() => client.outcome(1)).toBe('refused')
      client.socket.destroy()
    })
    expect(reached).toEqual([])
  })

  test('headers that are too long, from a client that confirms no limit', async () => {
    const reached = await reachedBy(async () => {
      const client = await FrameClient.open(target())
      client.headers(1, withFields(['x-a', 'a'.repeat(8000)]))
      await expect.poll(() => client.outcome(1)).toBe('answered')
      client.socket.destroy()
    })
    expect(reached).toEqual([])
    expect(gateway.log.filter(({ code }) => code === 431)).toHaveLength(1)
  })

  test('headers without an end (CVE-2024-27983)', async () => {
    const reached = await reachedBy(async () => {
      const client = await FrameClient.open(target())
      client.send('headers', 0, 1, literals(pseudo('ui.test')))
      for (let frame = 0; frame < 5000 && !client.isClosed; frame += 1) {
        client.send('continuation', 0, 1, literals([['x-a', 'a'.repeat(500)]]))
      }
      await expect.poll(() => client.isClosed, { timeout: 10_000 }).toBe(true)
    })
    expect(reached).toEqual([])
  })

  test('a small header that names a large one again and again (HPACK bomb)', async () => {
    const client = await FrameClient.open(target())
    // One large field into the table (RFC 7541 §6.2.1), then references to it, a byte each.
    const large = Buffer.concat([Buffer.from([0x40]), literals([['x-a', 'a'.repeat(3000)]]).subarray(1)])
    const block = Buffer.concat([literals(pseudo('ui.test')), large, Buffer.alloc(10_000, 0xbe)])
    client.send('headers', 0x5, 1, block)
    await expect.poll(() => client.outcome(1)).toBe('refused')
    client.socket.destroy()
    expect(await isServed()).toBe(true)
  })

  test.each(['ping', 'settings'] as const)('%s frames whose answers nobody reads', async (type) => {
    const client = await FrameClient.open(target())
    client.socket.pause()
    for (let frame = 0; frame < 200_000 && !client.isClosed; frame += 1) {
      client.send(type, 0, 0, Buffer.alloc(type === 'ping' ? 8 : 0))
      if (frame % 5000 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await isServed()).toBe(true)
    client.socket.resume()
    await expect.poll(() => client.isClosed, { timeout: 10_000 }).toBe(true)
  })
})

describe('a client that is slow', () => {
  test('to begin, or to end its headers, loses its connection', async () => {
    const silent = await FrameClient.open(target())
    const half = await FrameClient.open(target())
    half.send('headers', 0, 1, literals(pseudo('ui.test')))
    await expect.poll(() => [silent.isClosed, half.isClosed], { timeout: 5000 }).toEqual([true, true])
  })

  test('to send its body is answered before it has', async () => {
    const client = await FrameClient.open(target())
    client.headers(1, [...pseudo('ui.test', '/slow', 'POST')], false)
    client.data(1, 'a', false)
    await expect.poll(() => client.outcome(1), { timeout: 5000 }).toBe('answered')
    expect(ui.requests.map(({ url }) => url)).not.toContain('/slow')
    client.socket.destroy()
  })

  test('to read loses its stream, and its connection when there is no other', async () => {
    const client = await FrameClient.open(target())
    // It never opens its window (RFC 9113 §6.9) any further.
    client.headers(1, pseudo('ui.test', '/large'))
    await expect
      .poll(() => gateway.log.find(({ path }) => path === '/large'), { timeout: 5000 })
      .toBeDefined()
    expect(client.received()).toBeLessThan(100_000)
    await expect.poll(() => client.isClosed, { timeout: 5000 }).toBe(true)
  })
})

test('a body that is too large is refused as soon as that is known', async () => {
  const reached = await reachedBy(async () => {
    const client = await FrameClient.open(target())
    client.headers(1, withFields(['content-length', '1001']), false)
    await expect.poll(() => client.outcome(1)).toBe('answered')
    client.headers(3, withFields(), false)
    client.data(3, 'a'.repeat(1001), false)
    await expect.poll(() => client.outcome(3)).toBe('answered')
    client.socket.destroy()
  })
  expect(reached).toEqual([])
})
