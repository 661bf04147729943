import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openClient } from './fixtures/client.ts'
import { type ProxyFixture, startProxyFixture } from './fixtures/proxy.ts'
import { respond, switchTo } from './fixtures/upstream.ts'

let fixture: ProxyFixture
beforeAll(async () => {
  fixture = await startProxyFixture({ decisions: { allowedSeconds: 0, deniedSeconds: 0 } })
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => {
  fixture.upstream.received.length = 0
  fixture.upstream.reviews.length = 0
  fixture.upstream.decide = () => true
  fixture.upstream.answer = ({ socket }) => switchTo(socket, 'websocket')
})

const exec = '/api/v1/namespaces/a/pods/b/exec?command=id'
const webSocket =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const smuggled = 'GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\n\r\n'

const open = (bytes: string, claims: Record<string, unknown> = {}) => openClient(fixture, bytes, claims)

const upgrade = (more = '', target = exec, method = 'GET') =>
  `${method} ${target} HTTP/1.1\r\nHost: x\r\n{auth}${webSocket}${more}\r\n`

test('a WebSocket is switched with the impersonated user, and bytes flow both ways', async () => {
  const { socket, received } = await open(upgrade('Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n'))
  await expect.poll(() => received.text).toContain('HTTP/1.1 101')
  expect(received.text).toMatch(/upgrade: websocket/i)
  expect(received.text).toMatch(/audit-id: /i)
  const [request] = fixture.upstream.received
  expect(request?.all('impersonate-user')).toEqual(['alice@kyma.cx'])
  expect(request?.all('impersonate-group')).toEqual(['developers', 'system:authenticated'])
  expect(request?.all('authorization')).toEqual(['Bearer proxy-own-token'])
  expect(request?.all('upgrade')).toEqual(['websocket'])
  expect(request?.all('sec-websocket-protocol')).toEqual(['v5.channel.k8s.io'])
  socket.write('ping')
  await expect.poll(() => received.text).toContain('echo:ping')
  socket.destroy()
  await expect.poll(() => request?.socket.destroyed).toBe(true)
})

test.each(['GET', 'POST'])('SPDY/3.1 by %s is switched with the impersonated user', async (method) => {
  fixture.upstream.answer = ({ socket }) =>
    switchTo(socket, 'SPDY/3.1', 'X-Stream-Protocol-Version: v4.channel.k8s.io\r\n')
  const { socket, received } = await open(
    `${method} ${exec} HTTP/1.1\r\nHost: x\r\n{auth}Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\n\r\n`,
  )
  await expect.poll(() => received.text).toContain('HTTP/1.1 101')
  expect(received.text).toContain('X-Stream-Protocol-Version: v4.channel.k8s.io')
  expect(fixture.upstream.received[0]?.requestLine).toBe(`${method} ${exec} HTTP/1.1`)
  expect(fixture.upstream.received[0]?.all('impersonate-user')).toEqual(['alice@kyma.cx'])
  socket.write('ping')
  await expect.poll(() => received.text).toContain('echo:ping')
  socket.destroy()
})

test('a WebSocket into a pod needs get and create', async () => {
  const { socket, received } = await open(upgrade())
  await expect.poll(() => received.text).toContain('101')
  socket.destroy()
  const verbs = fixture.upstream.reviews.map((spec) => (spec['resourceAttributes'] as { verb: string }).verb)
  expect(verbs).toEqual(['get', 'create'])
  fixture.upstream.decide = (spec) => (spec['resourceAttributes'] as { verb: string }).verb !== 'create'
  const denied = await open(upgrade())
  await expect.poll(() => denied.received.hasEnded).toBe(true)
  expect(denied.received.text).toContain('HTTP/1.1 403')
  expect(denied.received.text).toContain('cannot create resource \\"pods/exec\\"')
})

describe('CVE-2018-1002105: a refused upgrade opens no way to the API server', () => {
  test('bytes behind a refused upgrade reach nobody, and both connections end', async () => {
    fixture.upstream.answer = ({ socket }) => respond(socket, 403, '{"kind":"Status","code":403}')
    const { socket, received } = await open(upgrade())
    await expect.poll(() => received.text).toContain('HTTP/1.1 403')
    socket.write(smuggled)
    await expect.poll(() => received.hasEnded).toBe(true)
    await expect.poll(() => fixture.upstream.received[0]?.socket.destroyed).toBe(true)
    expect(fixture.upstream.received).toHaveLength(1)
  })

  test('bytes in front of the answer are refused', async () => {
    const { received } = await open(upgrade() + smuggled)
    await expect.poll(() => received.hasEnded).toBe(true)
    expect(received.text).toContain('HTTP/1.1 400')
    expect(fixture.upstream.received).toEqual([])
  })

  test('bytes that come while the API server still thinks wait for its answer', async () => {
    const asked = Promise.withResolvers<TLSSocket>()
    fixture.upstream.answer = ({ socket }) => asked.resolve(socket)
    const { socket, received } = await open(upgrade())
    const upstream = await asked.promise
    let early = ''
    upstream.on('data', (data: Buffer) => {
      early += data.toString()
    })
    socket.write(smuggled)
    // What the proxy would have sent on by now, it would have sent before this answer.
    const other = await open(upgrade())
    await expect.poll(() => fixture.upstream.received).toHaveLength(2)
    expect(early).toBe('')
    respond(upstream, 404, '{}')
    await expect.poll(() => received.hasEnded).toBe(true)
    expect(early).toBe('')
    other.socket.destroy()
  })

  test('a denied upgrade does not reach the API server', async () => {
    fixture.upstream.decide = () => false
    const { received } = await open(upgrade())
    await expect.poll(() => received.hasEnded).toBe(true)
    expect(received.text).toContain('HTTP/1.1 403')
    expect(fixture.upstream.received).toEqual([])
  })

  test('an answer that switches to another protocol than asked for is a 502', async () => {
    fixture.upstream.answer = ({ socket }) => switchTo(socket, 'h2c')
    const { received } = await open(upgrade())
    await expect.poll(() => received.hasEnded).toBe(true)
    expect(received.text).toContain('HTTP/1.1 502')
  })

  test('a 101 that nobody asked for is a 502', async () => {
    const { received } = await open('GET /version HTTP/1.1\r\nHost: x\r\n{auth}Connection: close\r\n\r\n')
    await expect.poll(() => received.hasEnded).toBe(true)
    expect(received.text).toContain('HTTP/1.1 502')
  })
})

test.each([
  ['another protocol', upgrade().replace('Upgrade: websocket', 'Upgrade: h2c'), 400],
  ['a list of protocols', upgrade().replace('Upgrade: websocket', 'Upgrade: websocket, h2c'), 400],
  ['two Upgrade headers', upgrade('Upgrade: SPDY/3.1\r\n'), 400],
  ['a WebSocket by POST', upgrade('Content-Length: 0\r\n', exec, 'POST'), 405],
  ['CVE-2026-58055: Upgrade with a body', `${upgrade('Content-Length: 3\r\n')}abc`, 400],
  ['Upgrade with a chunked body', upgrade('Transfer-Encoding: chunked\r\n'), 400],
  ['no token', upgrade().replace('{auth}', ''), 401],
  ['Impersonate-User', upgrade('Impersonate-User: system:admin\r\n'), 403],
  ['two Hosts', upgrade('Host: y\r\n'), 400],
  ['an encoded slash', upgrade('', '/api/v1/namespaces/a%2Fb/pods/c/exec'), 400],
])('%s is refused and reaches nobody', async (_what, bytes, status) => {
  const { received } = await open(bytes)
  await expect.poll(() => received.hasEnded).toBe(true)
  expect(received.text).toContain(`HTTP/1.1 ${status}`)
  expect(received.text).toContain('"kind":"Status"')
  expect(fixture.upstream.received).toEqual([])
})

test('CVE-2021-31999, CVE-2022-23652: Connection of an upgrade removes nothing of the proxy’s', async () => {
  const { socket, received } = await open(
    upgrade().replace(
      'Connection: Upgrade',
      'Connection: Upgrade, Impersonate-User, Impersonate-Group, Audit-ID',
    ),
  )
  await expect.poll(() => received.text).toContain('HTTP/1.1 101')
  const [request] = fixture.upstream.received
  expect(request?.all('impersonate-user')).toEqual(['alice@kyma.cx'])
  expect(request?.all('impersonate-group')).toEqual(['developers', 'system:authenticated'])
  expect(request?.all('connection')).toEqual(['Upgrade'])
  socket.destroy()
})

describe('a token as a subprotocol', () => {
  const withProtocols = async (...protocols: string[]) => {
    const text = upgrade(`Sec-WebSocket-Protocol: ${protocols.join(', ')}\r\n`).replace('{auth}', '')
    return open(text)
  }
  const encode = (token: string) =>
    `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`

  test('authenticates and is consumed', async () => {
    const { socket, received } = await withProtocols(encode(await fixture.token()), 'v5.channel.k8s.io')
    await expect.poll(() => received.text).toContain('HTTP/1.1 101')
    expect(fixture.upstream.received[0]?.all('sec-websocket-protocol')).toEqual(['v5.channel.k8s.io'])
    expect(fixture.upstream.received[0]?.all('impersonate-user')).toEqual(['alice@kyma.cx'])
    socket.destroy()
  })

  test('is consumed beside an Authorization header, too', async () => {
    const protocols = `Sec-WebSocket-Protocol: ${encode('secret')}, v5.channel.k8s.io\r\n`
    const { socket, received } = await open(upgrade(protocols))
    await expect.poll(() => received.text).toContain('HTTP/1.1 101')
    expect(fixture.upstream.received[0]?.all('sec-websocket-protocol')).toEqual(['v5.channel.k8s.io'])
    socket.destroy()
  })

  test.each([
    ['without another subprotocol', [encode('x')]],
    ['twice', [encode('x'), encode('y'), 'v5.channel.k8s.io']],
    ['that is no base64url', ['base64url.bearer.authorization.k8s.io.***', 'v5.channel.k8s.io']],
    ['that is no token', [encode('nonsense'), 'v5.channel.k8s.io']],
  ])('%s is 401', async (_what, protocols) => {
    const { received } = await withProtocols(...protocols)
    await expect.poll(() => received.hasEnded).toBe(true)
    expect(received.text).toContain('HTTP/1.1 401')
    expect(fixture.upstream.received).toEqual([])
  })
})

describe('the end of a token', () => {
  const soon = () => ({ exp: Math.floor(Date.now() / 1000) + 2 })

  test('ends a WebSocket of exec with a Status on channel 3', async () => {
    fixture.upstream.answer = ({ socket }) =>
      switchTo(socket, 'websocket', 'Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n')
    const { received } = await open(upgrade('Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n'), soon())
    await expect.poll(() => received.hasEnded, { timeout: 6000 }).toBe(true)
    const frame = received.text.slice(received.text.indexOf('\r\n\r\n') + 4)
    expect(frame.charCodeAt(0)).toBe(0x82)
    expect(frame).toContain('\x03{"kind":"Status"')
    expect(frame).toContain('"reason":"Unauthorized"')
    await expect.poll(() => fixture.upstream.received[0]?.socket.destroyed).toBe(true)
    expect(
      fixture.log().find(({ status, reason }) => status === 101 && reason === 'token expired'),
    ).toBeDefined()
  })

  test('ends every other upgraded connection', async () => {
    fixture.upstream.answer = ({ socket }) => switchTo(socket, 'SPDY/3.1')
    const spdy = upgrade().replace('Upgrade: websocket', 'Upgrade: SPDY/3.1')
    const { received } = await open(spdy, soon())
    await expect.poll(() => received.hasEnded, { timeout: 6000 }).toBe(true)
    await expect.poll(() => fixture.upstream.received[0]?.socket.destroyed).toBe(true)
  })

  test('ends a watch cleanly, and a log abruptly', async () => {
    fixture.upstream.answer = ({ socket }) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n')
    const request = (target: string) => `GET ${target} HTTP/1.1\r\nHost: x\r\n{auth}\r\n`
    const watch = await open(request('/api/v1/pods?watch=1'), soon())
    const log = await open(request('/api/v1/namespaces/a/pods/b/log?follow=true'), soon())
    await expect.poll(() => watch.received.text, { timeout: 6000 }).toContain('\r\n0\r\n\r\n')
    await expect.poll(() => log.received.hasEnded).toBe(true)
    expect(log.received.text).not.toContain('\r\n0\r\n\r\n')
    await expect.poll(() => fixture.upstream.received.every(({ socket }) => socket.destroyed)).toBe(true)
    watch.socket.destroy()
  })
})
