import type { TLSSocket } from 'node:tls'
import { describe, expect, test, vi } from 'vitest'
import { openClient } from './fixtures/client.ts'
import { type ProxyFixture, startProxyFixture } from './fixtures/proxy.ts'
import { respond, respondLarge } from './fixtures/upstream.ts'

async function inFlight(fixture: ProxyFixture): Promise<number> {
  const metrics = await (await fetch(`${fixture.proxy.urls['operations']}/metrics`)).text()
  return Number(/^gatehouse_apiserver_proxy_requests_in_flight (\d+)$/m.exec(metrics)?.[1])
}

const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: x\r\n{auth}${more}\r\n`
const soon = () => ({ exp: Math.floor(Date.now() / 1000) + 2 })

describe('requests in a row on one connection (pipelining)', () => {
  test('all end with their connection: none stays in flight, and none goes on upstream', async () => {
    await using fixture = await startProxyFixture()
    fixture.upstream.answer = ({ socket }) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n')
    const { socket } = await openClient(fixture, get('/api/v1/pods?watch=1').repeat(5))
    await expect.poll(() => fixture.upstream.received, { timeout: 8000 }).toHaveLength(5)
    await expect.poll(() => inFlight(fixture)).toBe(5)
    socket.destroy()
    await expect.poll(() => inFlight(fixture)).toBe(0)
    await expect.poll(() => fixture.upstream.received.every((one) => one.socket.destroyed)).toBe(true)
  })
})

describe('an upgrade that the API server answers with a plain stream', () => {
  const spdy = 'Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n'

  test('ends with the token', async () => {
    await using fixture = await startProxyFixture()
    fixture.upstream.answer = ({ socket }) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n')
    const { received } = await openClient(fixture, get('/api/v1/pods?watch=1', spdy), soon())
    await expect.poll(() => received.text).toContain('HTTP/1.1 200')
    await expect.poll(() => received.hasEnded, { timeout: 6000 }).toBe(true)
    await expect.poll(() => fixture.upstream.received[0]?.socket.destroyed).toBe(true)
  })

  test('that begins after the token’s end is cut, and the proxy goes on', async () => {
    await using fixture = await startProxyFixture()
    const exp = Math.floor(Date.now() / 1000) + 2
    fixture.upstream.answer = ({ socket, requestLine }) => {
      if (!requestLine.includes('watch')) return respond(socket, 200, '{}')
      setTimeout(
        () => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n'),
        exp * 1000 - Date.now() + 50,
      )
      return undefined
    }
    const { received } = await openClient(fixture, get('/api/v1/pods?watch=1', spdy), { exp })
    await expect.poll(() => received.hasEnded, { timeout: 6000 }).toBe(true)
    expect(received.text).not.toContain('{}')
    const { socket, received: after } = await openClient(fixture, get('/version'))
    await expect.poll(() => after.text).toContain('HTTP/1.1 200')
    socket.destroy()
  })

  test('holds the API server back when its client is slow', async () => {
    await using fixture = await startProxyFixture()
    const size = 64 * 1024 * 1024
    let answer = { written: 0 }
    fixture.upstream.answer = (request) => {
      answer = respondLarge(request.socket, size)
    }
    const { socket } = await openClient(fixture, get('/api/v1/pods', spdy))
    socket.pause()
    await expect.poll(() => answer.written).toBeGreaterThan(0)
    let last = -1
    const hasSettled = () => {
      const settled = answer.written === last
      last = answer.written
      return settled
    }
    await expect.poll(hasSettled, { interval: 300 }).toBe(true)
    expect(answer.written).toBeLessThan(size / 2)
    socket.destroy()
  })
})

describe('a refusal', () => {
  const next = (token: string) => get('/version').replace('{auth}', `Authorization: Bearer ${token}\r\n`)
  const post = (headers: string) =>
    `POST /api/v1/pods HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n${headers}\r\n`

  test.each([
    ['without a body', post('')],
    ['with a body', `${post('Content-Length: 2\r\n')}{}`],
    ['with a body in chunks', `${post('Transfer-Encoding: chunked\r\n')}2\r\n{}\r\n0\r\n\r\n`],
  ])(
    'of a request %s that was read to its end leaves the connection for the next one',
    async (_, refused) => {
      await using fixture = await startProxyFixture()
      const { socket, received, token } = await openClient(fixture, refused)
      await expect.poll(() => received.text).toContain('HTTP/1.1 401')
      expect(received.text).not.toMatch(/connection: close/i)
      socket.write(next(token))
      await expect.poll(() => received.text).toContain('HTTP/1.1 200')
      socket.destroy()
    },
  )

  test.each([
    ['the end of its body', `${post('Content-Length: 50\r\n')}{}`],
    ['the last of its chunks', `${post('Transfer-Encoding: chunked\r\n')}2\r\n{}\r\n`],
    ['the body that it waits to send', post('Content-Length: 50\r\nExpect: 100-continue\r\n')],
  ])('before %s ends the connection, and what follows is no request', async (_, refused) => {
    await using fixture = await startProxyFixture()
    const { socket, received, token } = await openClient(fixture, refused)
    await expect.poll(() => received.text).toContain('HTTP/1.1 401')
    expect(received.text).toMatch(/connection: close/i)
    socket.write(next(token))
    await expect.poll(() => received.hasEnded).toBe(true)
    expect(received.text).not.toContain('HTTP/1.1 200')
    expect(fixture.upstream.received).toEqual([])
  })
})

describe('an answer before the end of the request’s body', () => {
  /** The connection on which the head of a POST came, but not the end of its body. */
  const unfinished = async ({ upstream }: ProxyFixture): Promise<TLSSocket> => {
    return vi.waitFor(() => {
      const found = [...upstream.sockets].find((socket) =>
        upstream.unfinished(socket).startsWith('POST /api/v1'),
      )
      if (!found) throw new Error('it has not come yet')
      return found
    }, 60_000)
  }
  const post = (headers: string) =>
    `POST /api/v1/namespaces/a/pods HTTP/1.1\r\nHost: x\r\n{auth}${headers}\r\n`

  test('ends the connection, so that no client waits on it for the next answer', async () => {
    await using fixture = await startProxyFixture()
    const { socket, received } = await openClient(
      fixture,
      `${post('Transfer-Encoding: chunked\r\n')}2\r\n{}\r\n`,
    )
    respond(await unfinished(fixture), 409, '{}')
    await expect.poll(() => received.text).toContain('HTTP/1.1 409')
    expect(received.text).toMatch(/connection: close/i)
    socket.write(`2\r\n{}\r\n0\r\n\r\n${get('/version')}`)
    await expect.poll(() => received.hasEnded).toBe(true)
  })

  test('that turns out too large cuts the connection, not the proxy', async () => {
    await using fixture = await startProxyFixture({ limits: { bodyBytes: 1000 } })
    const { socket, received } = await openClient(
      fixture,
      `${post('Transfer-Encoding: chunked\r\n')}2\r\n{}\r\n`,
    )
    const upstream = await unfinished(fixture)
    upstream.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{')
    await expect.poll(() => received.text).toContain('HTTP/1.1 200')
    for (let piece = 0; piece < 5; piece++) socket.write(`320\r\n${'x'.repeat(800)}\r\n`)
    await expect.poll(() => received.hasEnded).toBe(true)
    const { socket: other, received: after } = await openClient(fixture, get('/version'))
    await expect.poll(() => after.text).toContain('HTTP/1.1 200')
    other.destroy()
  })
})

describe('tokens that only the cluster knows (TokenReview)', () => {
  const foreign = (serial: number) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    return `${part({ alg: 'ES256' })}.${part({ iss: 'elsewhere', serial })}.c2lnbmF0dXJl`
  }
  const ask = async (fixture: ProxyFixture, token: string) => {
    return openClient(fixture, `GET /version HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  }

  test('a flood of strangers’ tokens does not keep the reviews of known users waiting', async () => {
    await using fixture = await startProxyFixture({ passThrough: 'serviceAccounts' })
    const reviews = () => {
      return fixture.upstream.received.filter(({ requestLine }) => requestLine.includes('tokenreviews'))
    }
    fixture.upstream.answer = ({ socket, requestLine }) => {
      // The API server thinks for long about each token.
      if (!requestLine.includes('tokenreviews')) respond(socket, 200, '{}')
    }
    const flood = await Promise.all(Array.from({ length: 48 }, (_, serial) => ask(fixture, foreign(serial))))
    await expect
      .poll(() => flood.filter(({ received }) => received.text.includes('HTTP/1.1 429')).length, {
        timeout: 8000,
      })
      .toBe(32)
    const { socket, received } = await openClient(fixture, get('/version'))
    await expect.poll(() => received.text, { timeout: 5000 }).toContain('HTTP/1.1 200')
    expect(reviews()).toHaveLength(16)
    for (const one of [socket, ...flood.map((client) => client.socket)]) one.destroy()
  })

  test('what is no signed JWT can be no ServiceAccount’s, and the API server is not asked', async () => {
    await using fixture = await startProxyFixture({ passThrough: 'serviceAccounts' })
    const { socket, received } = await ask(fixture, 'an-opaque-token')
    await expect.poll(() => received.text).toContain('HTTP/1.1 401')
    expect(fixture.upstream.received).toEqual([])
    socket.destroy()
  })
})
