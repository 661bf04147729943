import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { closeGracefully, listen, serverOptions } from '../src/index.ts'

const LONG_MS = 20_000

async function serve(handler: RequestListener, options: object = serverOptions) {
  const server = createServer(options, handler)
  const address = await listen(server, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => server.closeAllConnections())
  return { server, port: Number(address.split(':')[1]) }
}

/** A connection whose bytes are seen as they come. */
async function dial(port: number) {
  const socket: Socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  onTestFinished(() => void socket.destroy())
  let text = ''
  const closed = once(socket, 'close')
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return {
    closed,
    text: () => text,
    send: (path: string) => socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`),
  }
}

test('a request in flight is answered with Connection: close, and nothing new is accepted', async () => {
  const held = Promise.withResolvers<ServerResponse>()
  const { server, port } = await serve((_, response) => held.resolve(response))
  const client = await dial(port)
  client.send('/')
  const response = await held.promise
  const closing = closeGracefully(server, LONG_MS)
  await expect(dial(port)).rejects.toThrow('ECONNREFUSED')
  response.end('done')
  await closing
  await client.closed
  expect(client.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(client.text()).toMatch(/\r\nConnection: close\r\n/i)
  expect(client.text()).toMatch(/done$/)
})

test('an idle keep-alive connection is closed at once', async () => {
  const { server, port } = await serve((_, response) => response.end('done'))
  const client = await dial(port)
  client.send('/')
  await expect.poll(client.text).toMatch(/keep-alive[^]*done$/)
  const started = performance.now()
  await closeGracefully(server, LONG_MS)
  await client.closed
  expect(performance.now() - started).toBeLessThan(LONG_MS / 4)
})

test('a connection whose answer began before the drain is closed when the answer is through', async () => {
  const held = Promise.withResolvers<ServerResponse>()
  const { server, port } = await serve((_, response) => {
    response.write('first')
    held.resolve(response)
  })
  const client = await dial(port)
  client.send('/')
  const response = await held.promise
  await expect.poll(client.text).toContain('first')
  const closing = closeGracefully(server, LONG_MS)
  response.end('second')
  await closing
  await client.closed
  expect(client.text()).toMatch(/keep-alive[^]*first[^]*second/)
})

test('what is still in flight after the grace time is destroyed', async () => {
  const held = Promise.withResolvers<void>()
  const { server, port } = await serve(() => held.resolve())
  const client = await dial(port)
  client.send('/')
  await held.promise
  await closeGracefully(server, 30)
  await client.closed
  expect(client.text()).toBe('')
})

test('a socket that was handed out by an upgrade does not hold the end up beyond the grace time', async () => {
  const { server, port } = await serve(() => undefined)
  const upgraded = once(server, 'upgrade')
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  const [, taken] = (await upgraded) as [unknown, Socket]
  await closeGracefully(server, 30)
  expect(server.listening).toBe(false)
  taken.destroy()
})

test('a server that never listened closes', async () => {
  await expect(closeGracefully(createServer(), LONG_MS)).resolves.toBeUndefined()
})

test('a client that sends its head slowly loses its connection', async () => {
  const quick = { ...serverOptions, headersTimeout: 100, connectionsCheckingInterval: 20 }
  const { port } = await serve(() => undefined, quick)
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write('GET / HTTP/1.1\r\nHost:')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(answer.toString()).toContain('408 Request Timeout')
})

test('a head beyond the limit is refused', async () => {
  const { port } = await serve((_, response) => response.end('done'))
  const answer = async (bytes: number) =>
    (await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: 'x'.repeat(bytes) } })).status
  expect(await answer(24 * 1024)).toBe(200)
  expect(await answer(40 * 1024)).toBe(431)
})
