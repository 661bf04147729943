import { connect, type Socket } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { get, openTls, parseAnswer, readAll, recordHello, startGateway } from './gateway.ts'
import { startUpstream, type Upstream } from './upstream.ts'
import { useWorkshop } from './use-workshop.ts'

const workshop = useWorkshop()
let ca: string
beforeAll(() => {
  ca = workshop.authority.certificatePem
})

type Limits = Parameters<typeof startGateway>[0]['limits']

async function withLimits(limits: Limits, upstream?: Upstream) {
  return startGateway({
    hosts: [
      {
        host: 'a.test',
        tls: await workshop.serverPair('a.test'),
        upstream: { service: 'a', url: `http://127.0.0.1:${upstream?.port ?? 1}` },
        websocket: true,
      },
    ],
    limits,
  })
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', () => undefined)
  })
}
const secondsUntilClosed = async (socket: Socket) => {
  const start = performance.now()
  await readAll(socket)
  return (performance.now() - start) / 1000
}

describe('a client that is slow', () => {
  test('to send its ClientHello loses its connection, however it drips', async () => {
    await using gateway = await withLimits({ clientHelloSeconds: 0.3 })
    const silent = await open(gateway.port)
    const dripping = await open(gateway.port)
    const bytes = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])
    let next = 0
    const drip = setInterval(() => dripping.write(bytes.subarray(next, (next += 1))), 50)
    const times = await Promise.all([silent, dripping].map(secondsUntilClosed))
    clearInterval(drip)
    for (const seconds of times) expect(seconds).toBeLessThan(2)
    await expect
      .poll(() =>
        gateway.log.filter((line) => line['reason'] === 'client-hello').map((line) => line['detail']),
      )
      .toEqual(['no ClientHello within 0.3 s', 'no ClientHello within 0.3 s'])
  })

  test('to send its headers gets 408, however it drips', async () => {
    await using gateway = await withLimits({ headersSeconds: 0.3 })
    const socket = await openTls({ port: gateway.port, ca, serverName: 'a.test' })
    socket.write('GET / HTTP/1.1\r\nHost: a.test\r\n')
    const drip = setInterval(() => socket.write('X: y\r\n'), 50)
    const answer = parseAnswer(await readAll(socket))
    clearInterval(drip)
    expect(answer.code).toBe(408)
  })

  test('to finish its handshake loses its connection', async () => {
    await using gateway = await withLimits({ handshakeSeconds: 0.3 })
    const donor = await openTls({ port: gateway.port, ca, serverName: 'a.test' })
    donor.destroy()
    // A whole ClientHello and then nothing: recorded from a client whose other bytes are held back.
    const hello = await recordHello('a.test')
    const socket = await open(gateway.port)
    socket.write(hello)
    expect(await secondsUntilClosed(socket)).toBeLessThan(3)
    await expect.poll(() => gateway.log.some((line) => line['reason'] === 'handshake')).toBe(true)
  })
})

test('a ClientHello beyond the limit is refused at once', async () => {
  await using gateway = await withLimits({ clientHelloBytes: 600, clientHelloSeconds: 60 })
  const socket = await open(gateway.port)
  socket.write(Buffer.from([22, 3, 1, 0x10, 0, 1, 0, 0x0f, 0xfc]))
  expect(await secondsUntilClosed(socket)).toBeLessThan(5)
})

test('tiny records can’t stretch a ClientHello', async () => {
  await using gateway = await withLimits({ clientHelloBytes: 600, clientHelloSeconds: 60 })
  const socket = await open(gateway.port)
  socket.write(
    Buffer.concat([
      Buffer.from([22, 3, 1, 0, 4, 1, 0, 2, 0]),
      ...Array.from({ length: 400 }, () => Buffer.from([22, 3, 1, 0, 1, 0])),
    ]),
  )
  expect(await secondsUntilClosed(socket)).toBeLessThan(5)
  expect(gateway.log.find((line) => line['reason'] === 'client-hello')).toMatchObject({
    detail: 'the records around the ClientHello are too long',
  })
})

test('connections beyond the limit are closed at once', async () => {
  await using gateway = await withLimits({ connections: 2 })
  const kept = [await open(gateway.port), await open(gateway.port)]
  const third = await open(gateway.port)
  expect(await secondsUntilClosed(third)).toBeLessThan(5)
  await expect.poll(() => gateway.log.some((line) => line['reason'] === 'too-many')).toBe(true)
  for (const socket of kept) socket.destroy()
})

describe('draining', () => {
  test('lets a request finish, ends idle connections, takes no new ones', async () => {
    const asked = Promise.withResolvers<void>()
    const mayAnswer = Promise.withResolvers<void>()
    await using slow = await startUpstream(undefined, '', (_, response) => {
      asked.resolve()
      void mayAnswer.promise.then(() => response.end('done'))
    })
    await using gateway = await withLimits({ drainSeconds: 20 }, slow)
    const target = { port: gateway.port, ca, serverName: 'a.test' }
    const idle = await openTls(target)
    const busy = await openTls(target)
    busy.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await asked.promise
    const drained = gateway.drain()
    await readAll(idle)
    expect((await fetch(`${gateway.operations}/readyz`)).status).toBe(503)
    await expect(openTls(target)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    mayAnswer.resolve()
    const answer = parseAnswer(await readAll(busy))
    expect([answer.code, answer.headers.get('connection')]).toEqual([200, 'close'])
    expect(answer.body).toContain('done')
    await drained
  })

  test('ends streams and WebSockets when their time is over', async () => {
    await using streaming = await startUpstream(undefined, '', (_, response) => void response.write('first'))
    const websockets = new WebSocketServer({ server: streaming.server })
    await using gateway = await withLimits({ drainSeconds: 0.2 }, streaming)
    const stream = await openTls({ port: gateway.port, ca, serverName: 'a.test' })
    stream.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await expect.poll(() => (stream.read() as Buffer | null)?.toString() ?? '').toContain('first')
    const socket = new WebSocket(`wss://127.0.0.1:${gateway.port}/`, {
      ca,
      servername: 'a.test',
      headers: { Host: 'a.test' },
    } as object)
    await new Promise((resolve) => socket.once('open', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await gateway.drain()
    await Promise.all([closed, readAll(stream)])
    websockets.close()
  })
})

test('a kept connection outlives idle upstreams and serves again', async () => {
  await using upstream = await startUpstream(undefined, '')
  await using gateway = await withLimits({}, upstream)
  const target = { port: gateway.port, ca, serverName: 'a.test' }
  expect((await get(target)).code).toBe(200)
  upstream.server.closeAllConnections()
  expect((await get(target)).code).toBe(200)
})
