import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { configSchema } from '../src/config.ts'
import { startProxyFixture } from './fixtures/proxy.ts'
import { answersIn, openRaw } from './fixtures/raw-client.ts'
import { respond } from './fixtures/upstream.ts'

const main = join(import.meta.dirname, '../src/main.ts')

test('every problem of a configuration is told at once, with exit code 2', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-proxy-config-'))
  const file = join(directory, 'proxy.yaml')
  await writeFile(
    file,
    `listen: {port: 99999}
operations: {port: 0}
tls: {certificateFile: a.crt}
upstream: {}
issuers: [{url: 'http://dex', audiences: []}]
cors: {allowedOrigins: ['*', 'https://console/']}
passThrough: everything
surprise: 1
`,
  )
  const run = promisify(execFile)(process.execPath, [main, '--config', file])
  const { code, stderr } = (await run.catch((error: unknown) => error)) as { code: number; stderr: string }
  await rm(directory, { recursive: true })
  expect(code).toBe(2)
  for (const path of [
    'listen/port',
    'tls/keyFile',
    'upstream/kubeconfig',
    'issuers/0/url',
    'issuers/0/audiences',
  ]) {
    expect(stderr).toContain(path)
  }
  for (const path of ['cors/allowedOrigins/0', 'cors/allowedOrigins/1', 'passThrough', 'surprise']) {
    expect(stderr).toContain(path)
  }
})

test('the least configuration is complete', () => {
  const config = configSchema.parse({
    listen: { port: 0 },
    tls: { certificateFile: 'a', keyFile: 'b' },
    operations: { port: 0 },
    upstream: { kubeconfig: 'c' },
    issuers: [{ url: 'https://dex.example', audiences: ['x'] }],
  })
  expect(config).toMatchObject({
    listen: { host: '127.0.0.1' },
    passThrough: 'off',
    cors: { allowedOrigins: [] },
    decisions: { allowedSeconds: 5, deniedSeconds: 1 },
  })
})

test('draining: not ready, requests under way finish, watches end, and the process is free', async () => {
  const fixture = await startProxyFixture({ timeouts: { drainSeconds: 1 } })
  const draining = Promise.withResolvers<void>()
  fixture.upstream.answer = ({ socket, requestLine }) => {
    if (requestLine.includes('watch'))
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n')
    else void draining.promise.then(() => respond(socket, 200, '"late"'))
  }
  const token = await fixture.token()
  const start = async (target: string) => {
    const socket = await openRaw(fixture.url, fixture.ca)
    const received = { text: '', hasEnded: false }
    socket.on('data', (data: Buffer) => {
      received.text += data.toString('latin1')
    })
    socket.on('close', () => {
      received.hasEnded = true
    })
    socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`)
    return received
  }
  const watch = await start('/api/v1/pods?watch=1')
  const slow = await start('/api/v1/pods')
  await expect.poll(() => fixture.upstream.received).toHaveLength(2)
  const readyz = async () => (await fetch(`${fixture.proxy.urls['operations']}/readyz`)).status
  expect(await readyz()).toBe(200)
  const drained = fixture.proxy.drain()
  await expect.poll(readyz).toBe(503)
  draining.resolve()
  await expect.poll(() => slow.hasEnded).toBe(true)
  expect(slow.text).toContain('"late"')
  expect(slow.text).toMatch(/connection: close/i)
  await drained
  // The proxy knows of its end before the client does.
  await expect.poll(() => watch.hasEnded).toBe(true)
  expect(watch.text).toContain('0\r\n\r\n')
  await expect(openRaw(fixture.url, fixture.ca)).rejects.toThrow(/ECONNREFUSED/)
  await fixture[Symbol.asyncDispose]()
})

test('a lame duck serves whoever still comes, not ready, and sends everybody elsewhere', async () => {
  const fixture = await startProxyFixture({ timeouts: { lameDuckSeconds: 3, drainSeconds: 1 } })
  const token = await fixture.token()
  const request = `GET /version HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`
  const idle = await openRaw(fixture.url, fixture.ca)
  let received = ''
  idle.on('data', (data: Buffer) => (received += data.toString('latin1')))
  idle.write(request)
  await expect.poll(() => answersIn(received)).toMatchObject([{ status: 200 }])
  expect(received).not.toMatch(/connection: close/i)

  const drained = fixture.proxy.drain()
  const readyz = async () => (await fetch(`${fixture.proxy.urls['operations']}/readyz`)).status
  expect(await readyz()).toBe(503)
  // A connection of before, and a new one: each gets its answer, and is closed by the proxy after it.
  const isClosed = once(idle, 'close')
  idle.write(request)
  await isClosed
  expect(answersIn(received)).toMatchObject([{ status: 200 }, { status: 200 }])
  expect(received).toMatch(/connection: close/i)
  expect(await fixture.sendBytes(request)).toMatchObject([
    { status: 200, head: expect.stringMatching(/connection: close/i) },
  ])
  await drained
  await expect(openRaw(fixture.url, fixture.ca)).rejects.toThrow(/ECONNREFUSED/)
  await fixture[Symbol.asyncDispose]()
})

test('more requests than the limit are 429 with Retry-After', async () => {
  await using fixture = await startProxyFixture({ limits: { inFlight: 1 } })
  fixture.upstream.answer = ({ socket }) =>
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
  const token = await fixture.token()
  const socket = await openRaw(fixture.url, fixture.ca)
  socket.write(`GET /api/v1/pods?watch=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  await expect.poll(() => fixture.upstream.received).toHaveLength(1)
  const [answer] = await fixture.send(
    'GET /version HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\nConnection: close\n\n',
  )
  expect(answer?.status).toBe(429)
  expect(answer?.head).toMatch(/retry-after: 1/i)
  socket.destroy()
})

test('while the issuer was never reached, requests are 503 and the proxy is not ready', async () => {
  await using fixture = await startProxyFixture()
  await fixture.issuer.goDown()
  await using late = await startProxyFixture({
    issuers: [{ ...fixture.issuer.settings }],
  })
  const token = await fixture.token()
  const [answer] = await late.sendBytes(
    `GET /version HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
  )
  expect(answer?.status).toBe(503)
  expect((await fetch(`${late.proxy.urls['operations']}/readyz`)).status).toBe(503)
  await fixture.issuer.comeBack()
  await expect.poll(async () => (await fetch(`${late.proxy.urls['operations']}/readyz`)).status).toBe(200)
})

test('requests and their durations are counted by code and method', async () => {
  await using fixture = await startProxyFixture()
  const request = 'GET /version HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\nConnection: close\n\n'
  await fixture.send(request)
  await fixture.send(request.replace('{token}', 'x'))
  const metrics = async () => (await fetch(`${fixture.proxy.urls['operations']}/metrics`)).text()
  await expect.poll(metrics).toContain('requests_total{code="200",method="GET"} 1')
  const text = await metrics()
  expect(text).toContain('requests_total{code="401",method="GET"} 1')
  for (const stage of ['request', 'authentication', 'authorization']) {
    expect(text).toMatch(new RegExp(`${stage}_duration_seconds_count [1-9]`))
  }
})
