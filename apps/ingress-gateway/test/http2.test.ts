import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from 'node:http2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { get, type RunningGateway, startGateway } from './gateway.ts'
import { startUpstream, type Upstream } from './upstream.ts'
import { useWorkshop } from './use-workshop.ts'

const workshop = useWorkshop()
let ca: string
let ui: Upstream
let gateway: RunningGateway
beforeAll(async () => {
  ca = workshop.authority.certificatePem
  ui = await startUpstream(undefined, '', (request, response) => {
    if (request.url === '/broken') {
      response.write('half')
      setImmediate(() => request.socket.destroy())
    } else if (request.url === '/stream') {
      response.write('first')
      response.once('close', () => left.resolve())
    } else if (request.url === '/nothing') response.writeHead(204).end()
    else response.end(`${request.method} ${request.url}`)
  })
  const websockets = new WebSocketServer({ server: ui.server })
  websockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
  gateway = await startGateway({
    hosts: [
      {
        host: 'ui.test',
        tls: await workshop.serverPair('ui.test'),
        upstream: { service: 'console', url: `http://127.0.0.1:${ui.port}` },
        websocket: true,
      },
      {
        host: 'other.test',
        tls: await workshop.serverPair('other.test'),
        upstream: { service: 'other', url: 'http://127.0.0.1:1' },
      },
      { host: 'api.test', passthrough: { service: 'proxy', port: 1 } },
    ],
  })
})
afterAll(async () => {
  await gateway?.drain()
  await ui?.[Symbol.asyncDispose]()
})

let left = Promise.withResolvers<void>()

function openSession(host = 'ui.test'): ClientHttp2Session & AsyncDisposable {
  const session = connect(`https://127.0.0.1:${gateway.port}`, { ca, servername: host })
  return Object.assign(session, {
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        if (session.destroyed) return resolve()
        session.once('close', resolve)
        session.destroy()
        return undefined
      }),
  })
}

interface Answer {
  readonly code: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
  /** How the stream ended; 0 is well. */
  readonly error: number
}

/** What a session gets for one request; `:authority` is the host of the connection unless given. */
async function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders = {},
  body?: string,
): Promise<Answer> {
  const stream = session.request(
    { ':authority': `ui.test:${gateway.port}`, ':path': '/', ...headers },
    { endStream: body === undefined },
  )
  let answered: Answer['headers'] = {}
  let text = ''
  stream.on('response', (got) => (answered = got))
  stream.on('error', () => undefined)
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  if (body !== undefined) stream.end(body)
  await new Promise((resolve) => stream.once('close', resolve))
  return { code: Number(answered[':status']), headers: answered, body: text, error: stream.rstCode ?? 0 }
}

describe('a browser that speaks HTTP/2', () => {
  test('has its requests served side by side in one connection, told upstream as HTTP/1.1', async () => {
    await using session = openSession()
    const paths = Array.from({ length: 30 }, (_, index) => `/${index}?q=%2F`)
    const answers = await Promise.all(paths.map((path) => ask(session, { ':path': path, cookie: 'a=1' })))
    expect(answers.map(({ code, body, error }) => ({ code, body, error }))).toEqual(
      paths.map((path) => ({ code: 200, body: `GET ${path}`, error: 0 })),
    )
    const { headers } = ui.requests.at(-1)!
    expect(headers).toMatchObject({
      host: `ui.test:${gateway.port}`,
      'x-forwarded-host': `ui.test:${gateway.port}`,
      'x-forwarded-for': '127.0.0.1',
      cookie: 'a=1',
    })
    expect(Object.keys(headers).filter((name) => name.startsWith(':'))).toEqual([])
  })

  test('is told the one Audit-ID, which is in the log with its protocol', async () => {
    await using session = openSession()
    const answer = await ask(session, { 'audit-id': 'my-id.2', ':path': '/audit?secret=1' })
    expect(answer.headers['audit-id']).toBe('my-id.2')
    await expect
      .poll(() => gateway.log.find((line) => line['auditId'] === 'my-id.2'))
      .toMatchObject({
        httpVersion: '2.0',
        host: 'ui.test',
        path: '/audit',
        code: 200,
        remoteAddress: '127.0.0.1',
      })
  })

  test.each([
    ['POST', 'with a length', { 'content-length': '5' }],
    ['POST', 'without one', {}],
    ['GET', 'without one', {}],
    ['DELETE', 'with a length', { 'content-length': '5' }],
  ])('sends the body of a %s %s', async (method, _, headers) => {
    await using session = openSession()
    const answer = await ask(session, { ':method': method, ':path': '/body', ...headers }, 'hello')
    expect(answer.code).toBe(200)
    expect(ui.requests.at(-1)).toMatchObject({ method, url: '/body', body: 'hello' })
  })

  test('must say how long the body of a DELETE is', async () => {
    await using session = openSession()
    // http-proxy-3 would send it without saying where it ends.
    expect((await ask(session, { ':method': 'DELETE' }, 'hello')).code).toBe(411)
  })

  test('has its cookies put together again', async () => {
    await using session = openSession()
    await ask(session, { cookie: ['a=1', 'b=2'] })
    expect(ui.requests.at(-1)!.headers.cookie).toBe('a=1; b=2')
  })

  test('gets answers without a body', async () => {
    await using session = openSession()
    expect(await ask(session, { ':path': '/nothing' })).toMatchObject({ code: 204, body: '', error: 0 })
    expect(await ask(session, { ':method': 'HEAD' })).toMatchObject({ code: 200, body: '', error: 0 })
  })

  test('sees that an answer broke off', async () => {
    await using session = openSession()
    const answer = await ask(session, { ':path': '/broken' })
    expect(answer).toMatchObject({ code: 200, body: 'half', error: constants.NGHTTP2_INTERNAL_ERROR })
    expect((await ask(session)).code).toBe(200)
  })

  test('ends a stream upstream when it leaves', async () => {
    left = Promise.withResolvers<void>()
    await using session = openSession()
    const stream = session.request({ ':authority': 'ui.test', ':path': '/stream' })
    await new Promise((resolve) => stream.once('data', resolve))
    stream.close(constants.NGHTTP2_CANCEL)
    await expect(left.promise).resolves.toBeUndefined()
  })

  test('gets no WebSocket in it, and one beside it', async () => {
    await using session = openSession()
    await ask(session)
    expect(session.remoteSettings.enableConnectProtocol).toBeFalsy()
    const socket = new WebSocket(`wss://127.0.0.1:${gateway.port}/`, {
      ca,
      servername: 'ui.test',
      headers: { Host: 'ui.test' },
    } as object)
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send('ping')
    const data = await new Promise<Buffer>((resolve) => socket.once('message', (got: Buffer) => resolve(got)))
    expect(data.toString()).toBe('ping')
    socket.close()
  })
})

test('who speaks only HTTP/1.1 is served as before', async () => {
  expect((await get({ port: gateway.port, ca, serverName: 'ui.test' }, '/old')).body).toContain('GET /old')
})

describe('a request for another host than its connection’s', () => {
  test.each([
    ['another that is served', { ':authority': 'other.test' }, 421],
    ['one that is passed through', { ':authority': 'api.test' }, 421],
    ['none that is served', { ':authority': 'evil.test' }, 404],
    ['two at once', { ':authority': 'ui.test', host: 'other.test' }, 400],
    ['one with a dot at its end', { ':authority': 'ui.test.' }, 400],
  ])('%s', async (_, headers, code) => {
    await using session = openSession()
    const before = ui.requests.length
    const refused = await ask(session, { ...headers, accept: 'application/json' })
    expect(refused.code).toBe(code)
    expect(JSON.parse(refused.body)).toMatchObject({ kind: 'Status', code })
    expect(ui.requests).toHaveLength(before)
    // The others in the connection are not to blame.
    expect(session.closed).toBe(false)
    expect((await ask(session)).code).toBe(200)
  })

  test('the same host, said in both ways, is one', async () => {
    await using session = openSession()
    const authority = `ui.test:${gateway.port}`
    expect((await ask(session, { ':authority': authority, host: authority })).code).toBe(200)
  })
})

test('a service that is down is a page for a browser', async () => {
  await using session = openSession('other.test')
  const answer = await ask(session, { ':authority': 'other.test', accept: 'text/html' })
  expect(answer.code).toBe(502)
  expect(answer.body).toContain('other does not answer')
})

test('a gateway that ends says so, and finishes what is under way', async () => {
  const mayAnswer = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  await using slow = await startUpstream(undefined, '', (_, response) => {
    asked.resolve()
    void mayAnswer.promise.then(() => response.end('done'))
  })
  await using own = await startGateway({
    hosts: [
      {
        host: 'ui.test',
        tls: await workshop.serverPair('ui.test'),
        upstream: { service: 'slow', url: `http://127.0.0.1:${slow.port}` },
      },
    ],
    limits: { drainSeconds: 20 },
  })
  const options = { ca, servername: 'ui.test' }
  const session = connect(`https://127.0.0.1:${own.port}`, options)
  const idle = connect(`https://127.0.0.1:${own.port}`, options)
  const ended = [session, idle].map((one) => new Promise((resolve) => one.once('close', resolve)))
  await new Promise((resolve) => idle.once('remoteSettings', resolve))
  const answer = ask(session)
  await asked.promise
  const goAway = new Promise((resolve) => session.once('goaway', resolve))
  const drained = own.drain()
  expect(await goAway).toBe(constants.NGHTTP2_NO_ERROR)
  await ended[1]
  mayAnswer.resolve()
  expect(await answer).toMatchObject({ code: 200, body: 'done' })
  await Promise.all([drained, ...ended])
})
