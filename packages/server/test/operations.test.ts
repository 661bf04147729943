import { request } from 'node:http'
import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { Counter } from 'prom-client'
import { type Check, createLogger, createRegistry, startOperations } from '../src/index.ts'

function start(checks: Record<string, Check>, log: (line: string) => void = () => undefined) {
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log(chunk.toString())
      done()
    },
  })
  const logger = createLogger({ name: 'test', destination })
  return startOperations({ host: '127.0.0.1', port: 0, checks, logger })
}

test.each(['/livez', '/healthz', '/healthz/live', '/readyz', '/healthz/ready'])(
  '%s says ok when all is well',
  async (path) => {
    await using operations = await start({ issuer: () => true })
    const answer = await fetch(operations.url + path)
    expect([answer.status, await answer.text()]).toEqual([200, 'ok'])
  },
)

test('a failing check names itself, and the others too', async () => {
  const lines: string[] = []
  await using operations = await start(
    {
      issuer: () => Promise.reject(new Error('connect ECONNREFUSED 10.1.2.3:5556')),
      upstream: () => true,
      cache: () => false,
    },
    (line) => lines.push(line),
  )
  const answer = await fetch(`${operations.url}/readyz`)
  expect(answer.status).toBe(503)
  expect(await answer.text()).toBe(
    '[-]issuer failed: reason withheld\n[+]upstream ok\n[-]cache failed: reason withheld\nreadyz check failed\n',
  )
  expect(lines.join('')).toContain('ECONNREFUSED')
})

test('liveness does not depend on readiness', async () => {
  await using operations = await start({ issuer: () => false })
  expect((await fetch(`${operations.url}/livez`)).status).toBe(200)
  expect((await fetch(`${operations.url}/healthz/ready`)).status).toBe(503)
})

test('a check that hangs counts as failed', async () => {
  await using operations = await start({ slow: () => new Promise<boolean>(() => undefined) })
  const answer = await fetch(`${operations.url}/readyz`)
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('[-]slow failed')])
})

test('a change of readiness is logged once, not per probe', async () => {
  const lines: string[] = []
  let ready = false
  await using operations = await start({ issuer: () => ready }, (line) => lines.push(line))
  const probe = async () => (await fetch(`${operations.url}/readyz`)).status
  expect([await probe(), await probe()]).toEqual([503, 503])
  ready = true
  expect([await probe(), await probe()]).toEqual([200, 200])
  const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg)
  expect(messages).toEqual(['not ready', 'ready'])
})

test('while draining it is alive and not ready', async () => {
  await using operations = await start({ issuer: () => true })
  operations.setDraining()
  expect((await fetch(`${operations.url}/livez`)).status).toBe(200)
  const answer = await fetch(`${operations.url}/readyz`)
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('[-]shutdown failed')])
})

test('?verbose lists the checks', async () => {
  await using operations = await start({ issuer: () => true })
  const answer = await fetch(`${operations.url}/readyz?verbose`)
  expect(await answer.text()).toBe('[+]issuer ok\nreadyz check passed\n')
})

test('/metrics is the Prometheus text of this service alone', async () => {
  const registry = createRegistry()
  await using first = await startOperations({
    host: '127.0.0.1',
    port: 0,
    checks: {},
    registry,
    logger: createLogger({ name: 'test', level: 'silent' }),
  })
  await using second = await start({})
  new Counter({ name: 'gatehouse_test_total', help: 'A count', registers: [registry] }).inc(3)
  const [one, two] = await Promise.all(
    [first, second].map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
  )
  expect(one).toContain('gatehouse_test_total 3')
  expect(one).toContain('process_cpu_seconds_total')
  expect(two).not.toContain('gatehouse_test_total')
})

test('only GET and HEAD, only known paths', async () => {
  await using operations = await start({})
  const post = await fetch(`${operations.url}/metrics`, { method: 'POST' })
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  const head = await fetch(`${operations.url}/readyz`, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
  const others = ['/', '/debug', '/metrics/', '/toString', '//metrics', '/__proto__']
  const codes = await Promise.all(others.map(async (path) => (await fetch(operations.url + path)).status))
  expect(codes).toEqual(others.map(() => 404))
})

describe('a listener on loopback', () => {
  const askAs = async (url: string, host: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
    request(`${url}/metrics`, { headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
      .on('error', reject)
      .end()
    return promise
  }

  test.each(['evil.example', 'evil.example:2112', '127.0.0.1.evil.example', 'localhost.evil.example:80'])(
    'answers no page that had its name %s rebound to this machine',
    async (host) => {
      await using operations = await start({})
      expect(await askAs(operations.url, host)).toBe(421)
    },
  )

  test.each(['127.0.0.1:2112', 'localhost', 'LOCALHOST:80', 'gatehouse.localhost:2112', '[::1]:2112'])(
    'answers requests to %s',
    async (host) => {
      await using operations = await start({})
      expect(await askAs(operations.url, host)).toBe(200)
    },
  )
})
