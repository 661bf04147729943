import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openClient } from './fixtures/client.ts'
import { type CollectedSpan, type Collector, startCollector } from './fixtures/collector.ts'
import { type ProxyFixture, startProxyFixture } from './fixtures/proxy.ts'
import { startProxyProcess } from './fixtures/process.ts'
import { startSurroundings } from './fixtures/surroundings.ts'
import { switchTo } from './fixtures/upstream.ts'

const SERVER = 2
const CLIENT = 3
const ERROR = 2
const CLIENTS_TRACE = '0af7651916cd43dd8448eb211c80319c'
const TRACEPARENT = `traceparent: 00-${CLIENTS_TRACE}-b7ad6b7169203331-01\n`

let collector: Collector
let fixture: ProxyFixture | undefined
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await fixture?.[Symbol.asyncDispose]()
  fixture = undefined
  await collector[Symbol.asyncDispose]()
})

async function start(tracing: object | 'off' = { endpoint: collector.endpoint }): Promise<ProxyFixture> {
  fixture = await startProxyFixture({
    ...(tracing === 'off' ? {} : { tracing }),
    timeouts: { drainSeconds: 0.2 },
  })
  return fixture
}

/** The spans of all that was asked, sent when the proxy ends. */
async function spansOf({ proxy }: ProxyFixture): Promise<CollectedSpan[]> {
  await proxy.drain()
  return collector.spans()
}

const get = (target: string, more = '') =>
  `GET ${target} HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n${more}Connection: close\n\n`

test('a request is a server span with its parts below it, under the Audit-ID of the log', async () => {
  const proxy = await start()
  await proxy.send(get('/api/v1/namespaces/team/pods/one', 'Audit-ID: its-id\n'))
  const [received] = proxy.upstream.received
  const spans = await spansOf(proxy)
  const server = spans.find(({ kind }) => kind === SERVER)!
  const client = spans.find(({ kind }) => kind === CLIENT)!
  expect(server).toMatchObject({ name: 'GET', status: {} })
  expect(server.parentSpanId ?? '').toBe('')
  expect(server.attributes).toEqual({
    'http.request.method': 'GET',
    'url.scheme': 'https',
    'url.path': '/api/v1/namespaces/team/pods/one',
    'http.response.status_code': 200,
    'client.address': '127.0.0.1',
    'enduser.id': 'alice@kyma.cx',
    'audit-id': 'its-id',
    'gatehouse.decision': 'allowed',
    'gatehouse.verb': 'get',
    'gatehouse.group': '',
    'gatehouse.resource': 'pods',
    'gatehouse.namespace': 'team',
    'gatehouse.name': 'one',
  })
  expect(client.attributes).toEqual({
    'http.request.method': 'GET',
    'server.address': '127.0.0.1',
    'server.port': Number(new URL(proxy.upstream.server).port),
    'http.response.status_code': 200,
  })
  expect(spans.map(({ name }) => name).toSorted()).toEqual([
    'GET',
    'GET',
    'SubjectAccessReview',
    'authenticate',
  ])
  for (const part of spans.filter((span) => span !== server)) {
    expect(part).toMatchObject({ traceId: server.traceId, parentSpanId: server.spanId })
    expect(BigInt(part.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(server.startTimeUnixNano))
    expect(BigInt(part.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(server.endTimeUnixNano))
  }
  // The API server's spans go below that of the request to it.
  expect(received?.all('traceparent')).toEqual([`00-${client.traceId}-${client.spanId}-01`])
})

test('spans are sent as OTLP, with the standard variables’ headers and resource', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.endpoint)
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-tenant=kyma')
  vi.stubEnv('OTEL_SERVICE_NAME', 'proxy-of-blue')
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test')
  const proxy = await start({})
  await proxy.send(get('/version'))
  await spansOf(proxy)
  expect(collector.exports).toMatchObject([
    { path: 'POST /v1/traces', headers: { 'content-type': 'application/json', 'x-tenant': 'kyma' } },
  ])
  expect(collector.resource()).toMatchObject({
    'service.name': 'proxy-of-blue',
    'deployment.environment.name': 'test',
  })
})

test.each<[string, object | 'off', Record<string, string>]>([
  ['without the setting, whatever the environment says', 'off', {}],
  ['where the environment disables the SDK', {}, { OTEL_SDK_DISABLED: 'true' }],
])('off %s: no span, and the client’s trace context goes on as it is', async (_what, tracing, env) => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.endpoint)
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const proxy = await start(tracing)
  await proxy.send(get('/version', `${TRACEPARENT}tracestate: a=b\nBaggage: c=d\n`))
  const [received] = proxy.upstream.received
  expect(received?.all('traceparent')).toEqual([TRACEPARENT.slice('traceparent: '.length).trim()])
  expect(received?.all('tracestate')).toEqual(['a=b'])
  expect(received?.all('baggage')).toEqual(['c=d'])
  await spansOf(proxy)
  expect(collector.exports).toEqual([])
})

test('a client’s trace is linked to, and decides nothing: neither the trace nor whether it is sampled', async () => {
  const proxy = await start()
  await proxy.send(get('/version', `${TRACEPARENT}tracestate: a=b\nBaggage: c=d\n`))
  await proxy.send(get('/version', TRACEPARENT.replace('-01\n', '-00\n')))
  const received = [...proxy.upstream.received]
  const servers = (await spansOf(proxy)).filter(({ kind }) => kind === SERVER)
  expect(servers).toHaveLength(2)
  for (const span of servers) {
    expect(span.traceId).not.toBe(CLIENTS_TRACE)
    expect(span.parentSpanId ?? '').toBe('')
    expect(span.links).toMatchObject([{ traceId: CLIENTS_TRACE, spanId: 'b7ad6b7169203331' }])
  }
  for (const request of received) {
    expect(request.all('traceparent')).toEqual([expect.not.stringContaining(CLIENTS_TRACE)])
    expect([...request.all('tracestate'), ...request.all('baggage')]).toEqual([])
  }
})

test('a stranger can’t have requests sampled; the API server hears that they are not', async () => {
  const proxy = await start({ endpoint: collector.endpoint, samplingRatio: 0 })
  await proxy.send(get('/version', TRACEPARENT))
  expect(proxy.upstream.received[0]?.all('traceparent')).toEqual([
    expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[02]$/),
  ])
  await spansOf(proxy)
  expect(collector.exports).toEqual([])
})

test.each([
  ['of zeros', `traceparent: 00-${'0'.repeat(32)}-${'0'.repeat(16)}-01\n`],
  ['that is none', 'traceparent: a\tb{}\n'],
  ['twice', TRACEPARENT + TRACEPARENT],
  ['that Connection names', `${TRACEPARENT}Connection: traceparent\n`],
])('a traceparent %s harms nothing', async (_what, lines) => {
  const proxy = await start()
  const [answer] = await proxy.send(get('/version', lines))
  expect(answer?.status).toBe(200)
  const [received] = proxy.upstream.received
  const client = (await spansOf(proxy)).find(({ kind }) => kind === CLIENT)!
  expect(received?.all('traceparent')).toEqual([`00-${client.traceId}-${client.spanId}-01`])
})

test('tokens, queries, headers and bodies are in no span', async () => {
  const proxy = await start()
  const token = await proxy.token()
  const path = `/api/v1/namespaces/team/configmaps`
  await proxy.send(get(`${path}?labelSelector=a%3Dsecret-query`, 'X-Secret: secret-header\n'))
  await proxy.send(get(`/version/${token}`))
  await proxy.send(get(`/version?access_token=${token}`))
  await proxy.send(
    `POST ${path} HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\nContent-Length: 11\nConnection: close\n\nsecret-body`,
  )
  await proxy.send(get('/version').replace('{token}', 'secret-garbage-as-a-token'))
  const spans = await spansOf(proxy)
  expect(spans.filter(({ kind }) => kind === SERVER)).toHaveLength(5)
  const text = collector.exports.map((one) => one.text).join('')
  expect(text).toContain('/version/[redacted]')
  for (const secret of [token, token.split('.')[2]!, 'proxy-own-token', 'secret-', 'labelSelector']) {
    expect(text).not.toContain(secret)
  }
})

test('what is refused, fails or switches protocols has its status, too', async () => {
  const proxy = await start()
  proxy.upstream.decide = ({ nonResourceAttributes }) => nonResourceAttributes === undefined
  await proxy.send('PURGE / HTTP/1.1\nHost: x\nConnection: close\n\n')
  await proxy.send(get('/version'))
  proxy.upstream.answer = ({ socket }) => void socket.destroy()
  await proxy.send(get('/api/v1/pods'))
  proxy.upstream.answer = ({ socket }) => switchTo(socket, 'SPDY/3.1')
  const exec = await openClient(
    proxy,
    'POST /api/v1/namespaces/a/pods/b/exec HTTP/1.1\r\nHost: x\r\n{auth}Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n',
  )
  await expect.poll(() => exec.received.text).toContain('101')
  exec.socket.destroy()
  await expect.poll(() => proxy.log().filter(({ status }) => status === 101)).toHaveLength(1)
  const spans = await spansOf(proxy)
  const of = (kind: number) =>
    spans
      .filter((span) => span.kind === kind)
      .map(({ name, status, attributes }) => [
        name,
        attributes['http.response.status_code'],
        status.code ?? 0,
      ])
  expect(of(SERVER)).toEqual([
    ['HTTP', 405, 0],
    ['GET', 403, 0],
    ['GET', 502, ERROR],
    ['POST', 101, 0],
  ])
  expect(of(CLIENT)).toEqual([
    ['GET', undefined, ERROR],
    ['POST', 101, 0],
  ])
})

test('workers send theirs before they end', async () => {
  await using surroundings = await startSurroundings()
  const { directory, config, authority, token } = surroundings
  await using proxy = await startProxyProcess(directory, {
    ...config,
    workers: 2,
    tracing: { endpoint: collector.endpoint },
    timeouts: { drainSeconds: 5 },
  })
  const at = { url: proxy.urls.api, ca: authority.certificatePem, token }
  const client = await openClient(at, 'GET /version HTTP/1.1\r\nHost: x\r\n{auth}\r\n')
  await expect.poll(() => client.received.text).toContain('HTTP/1.1 200')
  client.socket.destroy()
  expect(await proxy.terminate()).toBe(0)
  expect(collector.spans().filter(({ kind }) => kind === SERVER)).toHaveLength(1)
})

test('a collector that is down harms no request, is told once, and gets later spans when it is back', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '200')
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '50')
  await collector.goDown()
  const proxy = await start()
  const told = (message: string) => proxy.log().filter(({ msg }) => String(msg).startsWith(message))
  const ask = async (target: string) => expect((await proxy.send(get(target)))[0]?.status).toBe(200)
  await ask('/version')
  await expect.poll(() => told('traces can’t be exported')).toHaveLength(1)
  await collector.comeBack()
  await ask('/api')
  await expect.poll(() => told('traces are exported again')).toHaveLength(1)
  // The earlier request's may have been in a later batch than the one that was lost.
  const later = () => collector.spans().filter(({ attributes }) => attributes['url.path'] === '/api')
  await expect.poll(later).toHaveLength(1)
  expect(told('traces can’t be exported')).toMatchObject([{ level: 'warn' }])
})

test('a collector that does not answer keeps no proxy from ending', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '600000')
  collector.isSilent = true
  const proxy = await start()
  await proxy.send(get('/version'))
  await proxy.proxy.drain()
  expect(collector.exports).toHaveLength(1)
})
