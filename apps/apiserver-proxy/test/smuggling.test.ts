import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ProxyFixture, startProxyFixture } from './fixtures/proxy.ts'
import { openClient } from './fixtures/client.ts'
import { openRaw } from './fixtures/raw-client.ts'

let fixture: ProxyFixture
beforeAll(async () => {
  fixture = await startProxyFixture({
    decisions: { allowedSeconds: 0, deniedSeconds: 0 },
    limits: { headers: 50, bodyBytes: 1000, headerBytes: 16_384 },
    timeouts: { headersSeconds: 1, requestSeconds: 1 },
  })
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => {
  fixture.upstream.received.length = 0
})

const post = 'POST /api/v1/namespaces/a/pods HTTP/1.1\r\nHost: x\r\n'
const smuggled = 'GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\n\r\n'

/** Sends bytes with a good token for `{auth}`; tells all statuses and what reached the API server. */
async function attack(bytes: string) {
  const auth = `Authorization: Bearer ${await fixture.token()}\r\n`
  const answers = await fixture.sendBytes(bytes.replaceAll('{auth}', auth))
  return {
    statuses: answers.map(({ status }) => status),
    bodies: answers.map(({ body }) => body),
    forwarded: fixture.upstream.received.map(({ requestLine }) => requestLine),
  }
}

describe('request smuggling: a request that two servers may end at different places is refused', () => {
  test.each([
    ['CL and TE', `${post}{auth}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['TE and CL', `${post}{auth}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${smuggled}`],
    ['two different CL', `${post}{auth}Content-Length: 0\r\nContent-Length: 50\r\n\r\n${smuggled}`],
    ['two equal CL', `${post}{auth}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`],
    ['a list as CL', `${post}{auth}Content-Length: 0, 0\r\n\r\n`],
    ['a signed CL', `${post}{auth}Content-Length: +4\r\n\r\n{}{}`],
    ['a hexadecimal CL', `${post}{auth}Content-Length: 0x4\r\n\r\n{}{}`],
    ['an empty CL', `${post}{auth}Content-Length: \r\n\r\n`],
    ['TE with chunked last', `${post}{auth}Transfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n`],
    ['TE with chunked first', `${post}{auth}Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n`],
    ['two TE', `${post}{auth}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['TE with a vertical tab', `${post}{auth}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
    ['TE with a space before the colon', `${post}{auth}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['CL with a space before the colon', `${post}{auth}Content-Length : 4\r\n\r\n{}{}`],
    ['TE on HTTP/1.0', `${post.replace('1.1', '1.0')}{auth}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a folded header', `${post}{auth}X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n`],
    ['a bare LF', `${post}{auth}X-A: b\nContent-Length: 0\r\n\r\n`],
    ['a bare CR', `${post}{auth}X-A: b\rContent-Length: 0\r\n\r\n`],
    ['NUL in a header', `${post}{auth}X-A: b\0c\r\nContent-Length: 0\r\n\r\n`],
    ['a header without colon', `${post}{auth}X-A\r\nContent-Length: 0\r\n\r\n`],
    ['two Hosts', `${post}Host: y\r\n{auth}Content-Length: 0\r\n\r\n`],
    ['no Host', `GET /version HTTP/1.1\r\n{auth}\r\n`],
    ['HTTP/1.2 is not spoken', `GET /version HTTP/1.2\r\nHost: x\r\n{auth}\r\n`],
    ['a preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/0.9', 'GET /version\r\n\r\n'],
  ])('%s', async (_what, bytes) => {
    const { statuses, bodies, forwarded } = await attack(bytes)
    expect(statuses.slice(0, 1)).toEqual([400])
    expect(JSON.parse(bodies[0]!)).toMatchObject({ kind: 'Status', status: 'Failure' })
    expect(statuses).not.toContain(200)
    expect(forwarded.filter((line) => line.includes('secrets'))).toEqual([])
  })

  test.each([
    ['TE that is not chunked', `${post}{auth}Transfer-Encoding: identity\r\n\r\n`],
    [
      'a chunk size that is no number',
      `${post}{auth}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    ],
    ['a chunk size with a sign', `${post}{auth}Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n`],
  ])('%s ends the connection, and no request reaches the API server', async (_what, bytes) => {
    const { statuses, forwarded } = await attack(bytes)
    expect(statuses.filter((status) => status !== 400)).toEqual([])
    expect(forwarded).toEqual([])
  })

  test.each(['DELETE', 'OPTIONS', 'GET', 'PUT'])(
    'CVE-2026-29057: a chunked %s keeps its framing, and what is in its body stays in its body',
    async (method) => {
      const body = smuggled
      const { statuses, forwarded } = await attack(
        `${method} /api/v1/namespaces/a/pods/b HTTP/1.1\r\nHost: x\r\n{auth}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      )
      expect(statuses).toEqual([200])
      expect(forwarded).toEqual([`${method} /api/v1/namespaces/a/pods/b HTTP/1.1`])
      expect(fixture.upstream.received[0]?.all('transfer-encoding')).toEqual(['chunked'])
      expect(fixture.upstream.received[0]?.all('content-length')).toEqual([])
    },
  )

  test('Connection: Transfer-Encoding and Connection: Content-Length do not change the framing', async () => {
    const { forwarded } = await attack(
      `${post}{auth}Connection: close, transfer-encoding, content-length\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    )
    expect(forwarded).toEqual(['POST /api/v1/namespaces/a/pods HTTP/1.1'])
    expect(fixture.upstream.received[0]?.body.toString()).toBe(smuggled)
  })

  test('trailers reach nobody', async () => {
    await attack(
      `${post}{auth}Transfer-Encoding: chunked\r\nTrailer: X-Remote-User\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\nX-Remote-User: admin\r\nImpersonate-User: admin\r\n\r\n`,
    )
    const [request] = fixture.upstream.received
    expect(request?.all('x-remote-user')).toEqual([])
    expect(request?.body.toString('latin1')).not.toContain('admin')
  })

  test('a malformed request behind one that is being served gets no answer of its own', async () => {
    const { statuses } = await attack(
      `GET /version HTTP/1.1\r\nHost: x\r\n{auth}\r\nBROKEN\0 / HTTP/1.1\r\n\r\n`,
    )
    expect(statuses).not.toContain(400)
  })

  test('a body that is refused does not become the next request', async () => {
    const body = smuggled
    const { statuses, forwarded } = await attack(
      `${post}Authorization: Bearer nonsense\r\nContent-Length: ${body.length}\r\n\r\n${body}` +
        'GET /version HTTP/1.1\r\nHost: x\r\n{auth}Connection: close\r\n\r\n',
    )
    expect(statuses).toEqual([401, 200])
    expect(forwarded).toEqual(['GET /version HTTP/1.1'])
  })
})

describe('methods and targets', () => {
  test.each(['TRACE', 'PROPFIND', 'PURGE', 'LINK'])('%s is 405', async (method) => {
    const { statuses } = await attack(
      `${method} /version HTTP/1.1\r\nHost: x\r\n{auth}Connection: close\r\n\r\n`,
    )
    expect(statuses).toEqual([405])
  })

  test('CONNECT is 405', async () => {
    const { statuses } = await attack('CONNECT kubernetes.default:443 HTTP/1.1\r\nHost: x\r\n{auth}\r\n')
    expect(statuses).toEqual([405])
  })

  test.each([
    '/api/v1/namespaces/a%2F..%2Fb/pods',
    '/api/v1/../v1/secrets',
    '/api/v1/%2e%2e/secrets',
    '//api/v1/secrets',
    '/api/v1//secrets',
    '/api\\v1\\secrets',
    '/api/v1/secrets%00',
    '/api/v1/secrets/%zz',
    '/api/v1/secrets#',
    'https://evil.example/api/v1/secrets',
    '*',
    '/api/v1/secrets?watch=0;watch=1',
  ])('path confusion: %s is 400', async (target) => {
    const { statuses, forwarded } = await attack(
      `GET ${target} HTTP/1.1\r\nHost: x\r\n{auth}Connection: close\r\n\r\n`,
    )
    expect(statuses).toEqual([400])
    expect(forwarded).toEqual([])
  })

  test.each([
    ['/api/v1/watch/pods', 'watch'],
    ['/api/v1/pods?watch', 'watch'],
    ['/api/v1/pods?w%61tch=%31', 'watch'],
    ['/api/v1/pods?watch=1&watch=0', 'watch'],
    ['/api/v1/pods?watch=0&watch=1', 'list'],
    ['/api/v1/pods?watch=FALSE', 'list'],
    ['/api/v1/proxy/namespaces/a/pods/b', 'proxy'],
  ])('verb confusion: %s is authorized as %s', async (target, verb) => {
    fixture.upstream.reviews.length = 0
    await attack(`GET ${target} HTTP/1.1\r\nHost: x\r\n{auth}Connection: close\r\n\r\n`)
    expect(fixture.upstream.reviews).toMatchObject([{ resourceAttributes: { verb } }])
    expect(fixture.upstream.received[0]?.requestLine).toBe(`GET ${target} HTTP/1.1`)
  })
})

describe('floods', () => {
  test('header flood: too many are 431', async () => {
    const many = Array.from({ length: 60 }, (_, n) => `X-${n}: y\r\n`).join('')
    const { statuses, forwarded } = await attack(
      `GET /version HTTP/1.1\r\nHost: x\r\n{auth}${many}Connection: close\r\n\r\n`,
    )
    expect(statuses).toEqual([431])
    expect(forwarded).toEqual([])
  })

  test('header flood: those beyond any count are still checked', async () => {
    const many = 'a:\r\n'.repeat(3000)
    const { statuses } = await attack(
      `GET /version HTTP/1.1\r\nHost: x\r\n{auth}${many}Impersonate-User: admin\r\nConnection: close\r\n\r\n`,
    )
    expect(statuses).toEqual([431])
  })

  test('header flood: too large ones are 431', async () => {
    const { statuses } = await attack(
      `GET /version HTTP/1.1\r\nHost: x\r\n{auth}X-A: ${'y'.repeat(20_000)}\r\n\r\n`,
    )
    expect(statuses).toEqual([431])
  })

  test('oversized body: 413, announced or not', async () => {
    const announced = await attack(`${post}{auth}Content-Length: 1001\r\n\r\n${'x'.repeat(1000)}`)
    expect(announced.statuses).toEqual([413])
    expect(fixture.upstream.received).toEqual([])
    const chunk = `200\r\n${'x'.repeat(512)}\r\n`
    const streamed = await attack(
      `${post}{auth}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(4)}0\r\n\r\n`,
    )
    expect(streamed.statuses).toEqual([413])
  })

  test('slowloris: headers that trickle in are cut off', async () => {
    const socket = await openRaw(fixture.url, fixture.ca)
    let text = ''
    let isClosed = false
    socket.on('data', (data: Buffer) => {
      text += data.toString()
    })
    socket.on('close', () => {
      isClosed = true
    })
    socket.write('GET /version HTTP/1.1\r\nHost: x\r\n')
    const dripping = setInterval(() => socket.write('X-A: b\r\n'), 200)
    await expect.poll(() => isClosed, { timeout: 8000 }).toBe(true)
    clearInterval(dripping)
    expect(text).toContain('408')
  })

  test('slowloris: a body that trickles in is cut off, and the API server is let go', async () => {
    const { socket, received } = await openClient(fixture, `${post}{auth}Content-Length: 900\r\n\r\n`)
    const dripping = setInterval(() => socket.write('x'), 200)
    await expect.poll(() => received.hasEnded, { timeout: 8000 }).toBe(true)
    clearInterval(dripping)
    await expect
      .poll(() => fixture.upstream.sockets.values().some((one) => fixture.upstream.unfinished(one) !== ''))
      .toBe(false)
  })
})
