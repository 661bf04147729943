import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { configSchema } from '../src/config.ts'
import { shareOfLimits } from '../src/workers.ts'
import { type Client, openClient } from './fixtures/client.ts'
import { type ProxyProcess, startProxyProcess } from './fixtures/process.ts'
import { openRaw } from './fixtures/raw-client.ts'
import { startSurroundings, type Surroundings } from './fixtures/surroundings.ts'
import { respond } from './fixtures/upstream.ts'

const WORKERS = 2
/** So that a worker has enough for all connections of `openMany`. */
const IN_FLIGHT = 8 * WORKERS

let surroundings: Surroundings
let proxy: ProxyProcess
let revocations: string
beforeAll(async () => {
  surroundings = await startSurroundings()
  revocations = join(surroundings.directory, 'revocations.json')
  await writeFile(revocations, '{}')
  proxy = await startProxyProcess(surroundings.directory, configOf())
  await vi.waitUntil(async () => (await readyz()) === 200, { timeout: 60_000 })
})
afterEach(() => {
  closeAll()
  surroundings.upstream.answer = ({ socket }) => respond(socket, 200, '{}')
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await surroundings?.[Symbol.asyncDispose]()
})

const IN_USE = 'the new configuration is in use'
const configOf = () => ({
  ...surroundings.config,
  workers: WORKERS,
  revocations: { file: revocations },
  limits: { inFlight: IN_FLIGHT },
  timeouts: { drainSeconds: 1 },
})
const readyz = async () => (await fetch(`${proxy.urls.operations}/readyz`)).status
const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: x\r\n{auth}\r\n`
const opened: Client[] = []
/** Connections one after the other, as a worker that is slow to take its own leaves those beside it to the others. */
async function openMany(bytes: string, count = 8, token = surroundings.token): Promise<Client[]> {
  const proxied = { url: proxy.urls.api, ca: surroundings.authority.certificatePem, token }
  const clients: Client[] = []
  while (clients.length < count) {
    const client = await openClient(proxied, bytes)
    clients.push(client)
    opened.push(client)
  }
  return clients
}
const closeAll = () => {
  for (const { socket } of opened.splice(0)) socket.destroy()
}
const statuses = (clients: readonly Client[]) =>
  clients.map(({ received }) => Number(received.text.split(' ')[1]))

async function childrenOf(parent: number): Promise<number[]> {
  const { stdout } = await execa('ps', ['-A', '-o', 'pid=,ppid='])
  const pairs = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.flatMap(([pid, ppid]) => (ppid === parent ? [pid!] : []))
}

test('health and metrics are told for all workers at one address', async () => {
  const clients = await openMany(get('/version'))
  await expect.poll(() => statuses(clients)).toEqual(clients.map(() => 200))
  expect(await readyz()).toBe(200)
  await expect.poll(() => proxy.metric('gatehouse_apiserver_proxy_requests_total')).toBe(clients.length)
})

test('a revocation holds in every worker', async () => {
  const clients = await openMany(get('/version'))
  await expect.poll(() => statuses(clients)).toEqual(clients.map(() => 200))
  await writeFile(revocations, JSON.stringify({ revocations: [{ user: 'alice@kyma.cx' }] }))
  await expect
    .poll(() => proxy.log.filter(({ msg }) => msg === 'the changed list of revocations is in use'))
    .toHaveLength(WORKERS)
  for (const { socket, received, token } of clients) {
    received.text = ''
    socket.write(get('/version').replace('{auth}', `Authorization: Bearer ${token}\r\n`))
  }
  await expect.poll(() => statuses(clients)).toEqual(clients.map(() => 401))
  await writeFile(revocations, '{}')
  await expect
    .poll(() => proxy.log.filter(({ msg }) => msg === 'the changed list of revocations is in use'))
    .toHaveLength(2 * WORKERS)
})

test('limits hold for all workers together', async () => {
  surroundings.upstream.answer = ({ socket }) =>
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
  const clients = await openMany(get('/api/v1/pods?watch=1'), 3 * IN_FLIGHT)
  await expect.poll(() => statuses(clients).every((status) => status > 0)).toBe(true)
  expect(statuses(clients).filter((status) => status === 200)).toHaveLength(IN_FLIGHT)
  expect(statuses(clients).filter((status) => status === 429)).toHaveLength(2 * IN_FLIGHT)
  closeAll()
  await expect.poll(() => proxy.metric('gatehouse_apiserver_proxy_requests_in_flight')).toBe(0)
})

test('a changed configuration is taken by every worker, and streams of an issuer that is gone end', async () => {
  await using partner = await startSurroundings()
  const config = configOf()
  await proxy.configure({ ...config, issuers: [...config.issuers, partner.issuer.settings] })
  await expect.poll(() => proxy.logged(IN_USE)).toHaveLength(1)
  surroundings.upstream.answer = ({ socket }) =>
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
  const watches = await openMany(get('/api/v1/pods?watch=1'), 8, partner.token)
  await expect.poll(() => statuses(watches)).toEqual(watches.map(() => 200))
  await proxy.configure(config)
  await expect.poll(() => proxy.logged(IN_USE)).toHaveLength(2)
  for (const { received } of watches) await expect.poll(() => received.text).toContain('\r\n0\r\n\r\n')
  const ended = proxy.logged('ended what the new configuration does not accept')
  expect(ended.map(({ endedStreams }) => endedStreams as number).reduce((sum, one) => sum + one)).toBe(8)
  expect(await proxy.metric('gatehouse_apiserver_proxy_config_last_reload_successful')).toBe(1)
})

test('a configuration that is refused reaches no worker, one that starts later neither; SIGHUP ends none', async () => {
  const config = configOf()
  await proxy.configure({ ...config, upstream: { kubeconfig: '/absent' }, impersonation: 'authorized' })
  await expect.poll(() => proxy.logged('the new configuration is not usable')).toHaveLength(1)
  await proxy.configure({ ...config, workers: 3, impersonation: 'authorized' })
  await expect.poll(() => proxy.logged('the new configuration changes what needs a restart')).toHaveLength(1)
  const children = await childrenOf(proxy.child.pid!)
  for (const pid of [...children, proxy.child.pid!]) process.kill(pid, 'SIGHUP')
  await expect.poll(() => proxy.logged('the new configuration changes what needs a restart')).toHaveLength(2)
  expect(await childrenOf(proxy.child.pid!)).toEqual(children)
  process.kill(children[0]!, 'SIGKILL')
  await expect.poll(readyz).toBe(503)
  await expect.poll(readyz).toBe(200)
  expect(await childrenOf(proxy.child.pid!)).toHaveLength(WORKERS)
  const clients = await openMany(get('/version').replace('{auth}', '{auth}Impersonate-User: bob\r\n'))
  await expect.poll(() => statuses(clients)).toEqual(clients.map(() => 403))
  expect(await proxy.metric('gatehouse_apiserver_proxy_config_last_reload_successful')).toBe(0)
  await proxy.configure(config)
})

test('a worker that dies takes down its own connections only, and another takes its place', async () => {
  surroundings.upstream.answer = ({ socket }) =>
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
  const watches = await openMany(get('/api/v1/pods?watch=1'))
  await expect.poll(() => statuses(watches)).toEqual(watches.map(() => 200))
  const [victim] = await childrenOf(proxy.child.pid!)
  process.kill(victim!, 'SIGKILL')
  await expect.poll(() => watches.some(({ received }) => received.hasEnded)).toBe(true)
  await expect.poll(readyz).toBe(503)
  await expect.poll(readyz).toBe(200)
  expect(proxy.log).toContainEqual(expect.objectContaining({ level: 'error', worker: victim }))
  expect(watches.some(({ received }) => !received.hasEnded)).toBe(true)
  surroundings.upstream.answer = ({ socket }) => respond(socket, 200, '{}')
  const clients = await openMany(get('/version'))
  await expect.poll(() => statuses(clients)).toEqual(clients.map(() => 200))
})

test('Ctrl-C, which all of them get: requests finish, watches end, and the exit code is 0', async () => {
  const draining = Promise.withResolvers<void>()
  surroundings.upstream.answer = ({ socket, requestLine }) => {
    if (requestLine.includes('watch'))
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n')
    else void draining.promise.then(() => respond(socket, 200, '"late"'))
  }
  const before = surroundings.upstream.received.length
  const watches = await openMany(get('/api/v1/pods?watch=1'), 3)
  const requests = await openMany(get('/version'), 3)
  await expect.poll(() => surroundings.upstream.received).toHaveLength(before + 6)
  const children = await childrenOf(proxy.child.pid!)
  const exited = once(proxy.child, 'exit')
  for (const pid of [...children, proxy.child.pid!]) process.kill(pid, 'SIGINT')
  await expect.poll(readyz).toBe(503)
  draining.resolve()
  expect((await exited)[0]).toBe(0)
  for (const { received } of requests) expect(received.text).toContain('"late"')
  for (const { received } of watches) expect(received.text).toContain('\r\n0\r\n\r\n')
  await expect(openRaw(proxy.urls.api, surroundings.authority.certificatePem)).rejects.toThrow(/ECONNREFUSED/)
})

test('SIGTERM ends a single process with 0, too', async () => {
  await using single = await startProxyProcess(surroundings.directory, surroundings.config)
  expect(await single.terminate()).toBe(0)
})

test('workers that can’t start end the proxy, with a reason', async () => {
  await using single = await startProxyProcess(surroundings.directory, surroundings.config)
  const taken = {
    ...surroundings.config,
    workers: 2,
    listen: { port: Number(new URL(single.urls.api).port) },
  }
  await expect(startProxyProcess(surroundings.directory, taken)).rejects.toThrow(/ended with 1/)
})

test('the parts of the limits are never more than the whole', () => {
  const parse = (limits: object) => configSchema.safeParse({ ...surroundings.config, workers: 3, limits })
  const { data } = parse({ inFlight: 10, connections: 3 })
  expect(shareOfLimits(data!)).toMatchObject({ inFlight: 3, connections: 1, bodyBytes: 16 * 1024 * 1024 })
  expect(parse({ inFlight: 2 }).error?.issues[0]?.path).toEqual(['workers'])
})
