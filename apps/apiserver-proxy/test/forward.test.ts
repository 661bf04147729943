import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openClient } from './fixtures/client.ts'
import { type ProxyFixture, startProxyFixture } from './fixtures/proxy.ts'
import { respond, respondLarge } from './fixtures/upstream.ts'

let fixture: ProxyFixture
beforeAll(async () => {
  fixture = await startProxyFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => {
  fixture.upstream.received.length = 0
  fixture.upstream.reviews.length = 0
  fixture.upstream.decide = () => true
  fixture.upstream.answer = ({ socket }) => respond(socket, 200, '{}')
})

const close = 'Connection: close\n'

/** A request on a connection that stays open, and everything that the proxy sends on it. */
async function open(request: string) {
  const line = 'Authorization: Bearer {token}\n'
  return openClient(fixture, request.replaceAll(line, '{auth}').replaceAll('\n', '\r\n'))
}

test('a request passes with the impersonated user and without the client’s credential', async () => {
  const [answer] = await fixture.send(
    `GET /api/v1/namespaces/a/pods?limit=5 HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\nUser-Agent: kubectl/test\n${close}\n`,
  )
  expect(answer).toMatchObject({ status: 200, body: '{}' })
  const [request] = fixture.upstream.received
  expect(request?.requestLine).toBe('GET /api/v1/namespaces/a/pods?limit=5 HTTP/1.1')
  expect(request?.all('authorization')).toEqual(['Bearer proxy-own-token'])
  expect(request?.all('impersonate-user')).toEqual(['alice@kyma.cx'])
  expect(request?.all('impersonate-group')).toEqual(['developers', 'system:authenticated'])
  expect(request?.all('user-agent')).toEqual(['kubectl/test'])
  expect(request?.all('host')).toEqual([new URL(fixture.upstream.server).host])
  expect(request?.all('x-forwarded-for')).toEqual(['127.0.0.1'])
})

test('the review asks for exactly this user and this request', async () => {
  await fixture.send(
    `GET /apis/apps/v1/namespaces/b/deployments HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n${close}\n`,
  )
  expect(fixture.upstream.reviews).toEqual([
    {
      user: 'alice@kyma.cx',
      groups: ['developers', 'system:authenticated'],
      resourceAttributes: {
        verb: 'list',
        group: 'apps',
        version: 'v1',
        resource: 'deployments',
        subresource: '',
        namespace: 'b',
        name: '',
      },
    },
  ])
})

test('names beyond ASCII travel as UTF-8', async () => {
  const token = await fixture.token({ email: 'jörg@kyma.cx', groups: ['開発者'], jti: 'ü' })
  await fixture.sendBytes(
    `GET /version HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
  )
  const utf8 = (text: string | undefined) => Buffer.from(text ?? '', 'latin1').toString('utf8')
  const [request] = fixture.upstream.received
  expect(utf8(request?.all('impersonate-user')[0])).toBe('jörg@kyma.cx')
  expect(utf8(request?.all('impersonate-group')[0])).toBe('開発者')
  const extra = request?.all('impersonate-extra-authentication.kubernetes.io%2Fcredential-id')[0]
  expect(utf8(extra)).toBe('JTI=ü')
})

test('a body passes untouched, with a length and in chunks', async () => {
  const head = `POST /api/v1/namespaces/a/pods HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n${close}`
  await fixture.send(`${head}Content-Length: 11\n\n{"a":"b"}  `)
  await fixture.send(`${head}Transfer-Encoding: chunked\n\n5\n{"a":\n6\n"b"}  \n0\n\n`)
  expect(fixture.upstream.received[0]?.body.toString()).toBe('{"a":"b"}  ')
  expect(fixture.upstream.received[0]?.all('content-length')).toEqual(['11'])
  const [, chunked] = fixture.upstream.received
  expect(chunked?.body.toString().replaceAll(/[0-9a-f]+\r\n|\r\n/g, '')).toBe('{"a":"b"}  ')
  expect(chunked?.all('content-length')).toEqual([])
})

test('a denial is a 403 in the words of the API server, and nothing is forwarded', async () => {
  fixture.upstream.decide = () => false
  const [answer] = await fixture.send(
    `DELETE /api/v1/namespaces/kube-system/secrets/s HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n${close}\n`,
  )
  expect(answer?.status).toBe(403)
  expect(JSON.parse(answer?.body ?? '')).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message:
      'secrets "s" is forbidden: User "alice@kyma.cx" cannot delete resource "secrets" in API group "" in the namespace "kube-system"',
    reason: 'Forbidden',
    details: { name: 's', kind: 'secrets' },
    code: 403,
  })
  expect(fixture.upstream.received).toEqual([])
})

test('a review that fails is a no', async () => {
  fixture.upstream.decide = () => 'fail'
  const [answer] = await fixture.send(
    `GET /api/v1/nodes HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n${close}\n`,
  )
  expect(answer?.status).toBe(503)
  expect(answer?.head).toMatch(/retry-after: 1/i)
  expect(fixture.upstream.received).toEqual([])
})

test('the Audit-ID of the client goes through; a missing or an evil one is replaced', async () => {
  const ask = async (auditId: string) => {
    const [answer] = await fixture.send(
      `GET /version HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n${auditId}${close}\n`,
    )
    return {
      toClient: /audit-id: (.*)\r/i.exec(answer!.head)?.[1],
      toUpstream: fixture.upstream.received.at(-1)?.all('audit-id'),
    }
  }
  expect(await ask('Audit-ID: 0123-abc\n')).toEqual({ toClient: '0123-abc', toUpstream: ['0123-abc'] })
  for (const bad of ['', 'Audit-ID: a b\n', 'Audit-ID: <script>\n', `Audit-ID: ${'x'.repeat(500)}\n`]) {
    const { toClient, toUpstream } = await ask(bad)
    expect(toClient).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
    expect(toUpstream).toEqual([toClient])
  }
})

test('a watch streams event by event, and the API server hears when its client goes', async () => {
  fixture.upstream.answer = ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n')
  }
  const { socket, received } = await open(
    'GET /api/v1/pods?watch=1 HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n\n',
  )
  await expect.poll(() => received.text).toContain('200 OK')
  const upstream = fixture.upstream.received[0]!.socket
  upstream.write('3\r\none\r\n')
  await expect.poll(() => received.text).toContain('one')
  upstream.write('3\r\ntwo\r\n')
  await expect.poll(() => received.text).toContain('two')
  expect(received.hasEnded).toBe(false)
  socket.destroy()
  await expect.poll(() => upstream.destroyed).toBe(true)
})

test('an answer that breaks off does not look complete', async () => {
  fixture.upstream.answer = ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n')
    setImmediate(() => socket.destroy())
  }
  const { received } = await open('GET /api/v1/pods HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n\n')
  await expect.poll(() => received.hasEnded).toBe(true)
  expect(received.text).not.toContain('0\r\n\r\n')
})

test('a slow client holds the API server back, not the proxy’s memory', async () => {
  const size = 64 * 1024 * 1024
  let answer = { written: 0 }
  fixture.upstream.answer = (request) => {
    answer = respondLarge(request.socket, size)
  }
  const { socket } = await open('GET /api/v1/pods HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n\n')
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
  let received = 0
  socket.on('data', (data: Buffer) => {
    received += data.length
  })
  socket.resume()
  await expect.poll(() => received).toBeGreaterThanOrEqual(size)
  socket.destroy()
})

test('one connection serves many requests, and a reused one that was closed is replaced', async () => {
  const { socket, received } = await open('GET /version HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n\n')
  await expect.poll(() => received.text).toContain('{}')
  for (const warm of fixture.upstream.sockets) warm.destroy()
  const token = await fixture.token()
  socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  await expect.poll(() => received.text.split('200 Status').length).toBe(3)
  socket.destroy()
})

test('bytes on an idle connection to the API server destroy it', async () => {
  await fixture.send(`GET /version HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n${close}\n`)
  const { socket } = fixture.upstream.received[0]!
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged')
  await once(socket, 'close')
  const [answer] = await fixture.send(
    `GET /version HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n${close}\n`,
  )
  expect(answer?.body).toBe('{}')
})

test('an API server that is away is a 503, one that speaks nonsense a 502', async () => {
  fixture.upstream.answer = ({ socket }) => socket.write('SSH-2.0-OpenSSH\r\n\r\n')
  const request = `GET /version HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n${close}\n`
  const [nonsense] = await fixture.send(request)
  expect(nonsense?.status).toBe(502)
  expect(JSON.parse(nonsense?.body ?? '')).toMatchObject({ kind: 'Status', code: 502 })
})

test('Expect: 100-continue is answered after authorization, not before', async () => {
  const head = 'POST /api/v1/namespaces/a/pods HTTP/1.1\nHost: x\nContent-Length: 2\nExpect: 100-continue\n'
  const refused = await open(`${head}Authorization: Bearer nonsense\n\n`)
  await expect.poll(() => refused.received.text).toContain('HTTP/1.1 401')
  expect(refused.received.text).not.toContain('100 Continue')
  const { socket, received } = await open(`${head}Authorization: Bearer {token}\n\n`)
  await expect.poll(() => received.text).toContain('100 Continue')
  socket.write('{}')
  await expect.poll(() => received.text).toContain('HTTP/1.1 200')
  expect(fixture.upstream.received[0]?.all('expect')).toEqual([])
  socket.destroy()
})

test('the log names user, verb, resource and decision, and holds no token', async () => {
  const before = fixture.log().length
  const token = await fixture.token()
  await fixture.sendBytes(
    `GET /api/v1/namespaces/a/secrets/s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nAudit-ID: log-1\r\nConnection: close\r\n\r\n`,
  )
  await fixture.sendBytes(
    `GET /api/v1/pods?access_token=${token} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
  )
  await expect.poll(() => fixture.log().length).toBeGreaterThanOrEqual(before + 2)
  const lines = fixture.log().slice(before)
  expect(lines.find(({ auditId }) => auditId === 'log-1')).toMatchObject({
    user: 'alice@kyma.cx',
    verb: 'get',
    resource: 'secrets',
    namespace: 'a',
    name: 's',
    decision: 'allowed',
    status: 200,
  })
  expect(lines.find(({ status }) => status === 401)).toMatchObject({
    path: '/api/v1/pods',
    decision: 'refused',
  })
  expect(JSON.stringify(fixture.log())).not.toContain(token.split('.')[1])
})

test('log injection: what a client sends can’t forge a line', async () => {
  const before = fixture.log().length
  await fixture.send(
    `GET /api/v1/namespaces/%7B%22level%22%3A%22x%22%7D HTTP/1.1\nHost: x\nUser-Agent: "}\nAudit-ID: {"a":1}\nAuthorization: Bearer {token}\n${close}\n`,
  )
  await expect.poll(() => fixture.log().length).toBeGreaterThan(before)
  expect(fixture.log().at(-1)).toMatchObject({ namespace: '{"level":"x"}', level: 'info', msg: 'request' })
})
