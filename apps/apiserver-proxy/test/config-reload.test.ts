import { mkdir, mkdtemp, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ProxyConfigInput } from '../src/config.ts'
import { type Client, openClient } from './fixtures/client.ts'
import { startFollowingProxy } from './fixtures/following.ts'
import { answersIn } from './fixtures/raw-client.ts'
import { startSurroundings, type Surroundings } from './fixtures/surroundings.ts'
import { type ReceivedRequest, respond, switchTo } from './fixtures/upstream.ts'

const SUCCESSFUL = 'gatehouse_apiserver_proxy_config_last_reload_successful'
const NOT_USABLE = 'the new configuration is not usable; the old one stays in use'

let own: Surroundings
let partner: Surroundings
let base: ProxyConfigInput
beforeAll(async () => {
  ;[own, partner] = await Promise.all([startSurroundings(), startSurroundings()])
  base = {
    ...own.config,
    issuers: [own.issuer.settings, { ...partner.issuer.settings, usernamePrefix: 'partner:' }],
    impersonation: 'authorized',
    passThrough: 'serviceAccounts',
    timeouts: { drainSeconds: 0.1 },
  }
})
beforeEach(() => {
  own.upstream.received.length = 0
  own.upstream.decide = () => true
  own.upstream.answer = answer
})
afterAll(async () => {
  for (const one of [own, partner]) await one?.[Symbol.asyncDispose]()
})

const CLUSTER = 'https://kubernetes.default.svc'

/** What the cluster says about a token: it vouches for its own ServiceAccounts. */
function tokenReview(body: Buffer): string {
  const { spec } = JSON.parse(body.toString()) as { spec: { token: string } }
  const claims = Buffer.from(spec.token.split('.')[1]!, 'base64url').toString()
  const authenticated = claims.includes(CLUSTER)
  return JSON.stringify({ status: { authenticated, user: { username: 'system:serviceaccount:team:robot' } } })
}

/** Watches begin with an event, upgrades are switched. */
function answer(request: ReceivedRequest): void {
  const { socket, requestLine, body } = request
  const [upgrade] = request.all('upgrade')
  if (requestLine.includes('/tokenreviews ')) respond(socket, 201, tokenReview(body))
  else if (upgrade?.toLowerCase() === 'websocket')
    switchTo(socket, upgrade, 'Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n')
  else if (upgrade !== undefined) switchTo(socket, upgrade)
  else if (requestLine.includes('watch=1'))
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n')
  else respond(socket, 200, '{}')
}

const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: x\r\n{auth}${more}\r\n`
const WATCH = '/api/v1/pods?watch=1'
const upgrade = (protocol: string) =>
  get(
    '/api/v1/namespaces/a/pods/b/exec',
    `Connection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n`,
  )

/** A stream that has begun. */
async function begin(
  at: { url: string; ca: string; token: Surroundings['token'] },
  bytes: string,
  claims = {},
): Promise<Client> {
  const client = await openClient(at, bytes, claims)
  await expect.poll(() => client.received.text).toMatch(/^HTTP\/1.1 (?:101|200)[^]*\r\n\r\n/)
  return client
}

/** The status of another request on this connection. */
async function statusOn(
  { socket, received, token }: Client,
  target = '/version',
  more = '',
): Promise<number> {
  received.text = ''
  socket.write(get(target, more).replace('{auth}', `Authorization: Bearer ${token}\r\n`))
  await expect.poll(() => received.text).toMatch(/^HTTP\/1.1 \d+[^]*\}$/)
  return answersIn(received.text)[0]!.status
}

const hasEndedCleanly = ({ received }: Client) => received.text.endsWith('\r\n0\r\n\r\n')

describe('under load', () => {
  test('a change of everything that can change drops no request, connection or stream', async () => {
    await using proxy = await startFollowingProxy(own, base)
    const directory = await mkdtemp(join(own.directory, 'others-'))
    const copy = async (file: string, name: string) => {
      await writeFile(join(directory, name), await readFile(file), { mode: 0o600 })
      return join(directory, name)
    }
    await writeFile(join(directory, 'revocations.yaml'), '')
    const changed: ProxyConfigInput = {
      ...base,
      tls: {
        certificateFile: await copy(base.tls.certificateFile, 'other.crt'),
        keyFile: await copy(base.tls.keyFile, 'other.key'),
      },
      upstream: { kubeconfig: await copy(base.upstream.kubeconfig, 'other.yaml') },
      issuers: base.issuers.map((issuer) => ({ ...issuer, audiences: [...issuer.audiences, 'another'] })),
      revocations: { file: join(directory, 'revocations.yaml') },
      cors: { allowedOrigins: ['https://console.example'] },
      decisions: { allowedSeconds: 1, deniedSeconds: 0 },
      limits: { headers: 50, bodyBytes: 1000, inFlight: 50, connections: 100 },
      timeouts: {
        ...base.timeouts,
        headersSeconds: 5,
        requestSeconds: 20,
        connectSeconds: 5,
        responseSeconds: 30,
      },
    }
    const streams = [await begin(proxy, get(WATCH)), await begin(proxy, upgrade('SPDY/3.1'))]
    const clients = await Promise.all(Array.from({ length: 6 }, () => openClient(proxy, get('/version'))))
    for (const { received } of clients) await expect.poll(() => received.text).toMatch(/\}$/)
    let isOver = false
    const statuses: number[] = []
    const loads = clients.map(async (client) => {
      while (!isOver) statuses.push(await statusOn(client))
    })
    for (const next of [changed, base, changed, base]) {
      const before = statuses.length
      await proxy.configure(next)
      await expect.poll(() => statuses.length).toBeGreaterThan(before + clients.length)
    }
    isOver = true
    await Promise.all(loads)
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect([...streams, ...clients].filter(({ received }) => received.hasEnded)).toEqual([])
    streams[1]!.received.text = ''
    streams[1]!.socket.write('still there')
    await expect.poll(() => streams[1]!.received.text).toBe('echo:still there')
    for (const { socket } of [...streams, ...clients]) socket.destroy()
  })

  test('a request keeps to the configuration that it began with, from its review to its forwarding', async () => {
    await using proxy = await startFollowingProxy(own, base)
    const review = Promise.withResolvers<boolean>()
    own.upstream.decide = () => review.promise
    const client = await openClient(proxy, get('/version'))
    await expect.poll(() => own.upstream.reviews.length).toBeGreaterThan(0)
    await proxy.configure({ ...base, upstream: partner.config.upstream })
    review.resolve(true)
    await expect.poll(() => client.received.text).toContain('HTTP/1.1 200')
    expect(own.upstream.received.map(({ requestLine }) => requestLine)).toEqual(['GET /version HTTP/1.1'])
    expect(partner.upstream.received).toEqual([])
    expect(await statusOn(client)).toBe(200)
    expect(partner.upstream.received).toHaveLength(1)
    client.socket.destroy()
  })
})

describe('what the new configuration does not accept ends', () => {
  test('the streams and requests of an issuer that is removed, and nobody else’s', async () => {
    await using proxy = await startFollowingProxy(own, base)
    const ofPartner = { ...proxy, token: partner.token }
    const [watch, exec, other] = [
      await begin(ofPartner, get(WATCH)),
      await begin(ofPartner, upgrade('websocket')),
      await begin(proxy, get(WATCH)),
    ]
    const idle = await openClient(ofPartner, get('/version'))
    await expect.poll(() => idle.received.text).toContain('HTTP/1.1 200')
    await proxy.configure({ ...base, issuers: [own.issuer.settings] })
    await expect.poll(() => hasEndedCleanly(watch)).toBe(true)
    await expect.poll(() => exec.received.hasEnded).toBe(true)
    expect(exec.received.text).toContain('"message":"the token is not accepted any more; log in again"')
    expect(await statusOn(idle)).toBe(401)
    await expect
      .poll(() => proxy.logged('request').filter(({ reason }) => reason === 'no longer accepted'))
      .toMatchObject([{ user: 'partner:alice@kyma.cx' }, { user: 'partner:alice@kyma.cx' }])
    expect(proxy.logged('ended what the new configuration does not accept')).toMatchObject([
      { endedStreams: 2 },
    ])
    expect(other.received).toMatchObject({ hasEnded: false, text: expect.not.stringContaining('\r\n0\r\n') })
    for (const { socket } of [watch, exec, other, idle]) socket.destroy()
  })

  test.each<[string, object, Record<string, unknown>]>([
    ['an audience is removed', { audiences: ['another'] }, { aud: ['gatehouse', 'else'] }],
    ['a claim is required', { requiredClaims: { tenant: 'x' } }, {}],
    ['an algorithm is not accepted any more', { signingAlgorithms: ['ES256'] }, {}],
    ['users get another name', { usernamePrefix: 'own:' }, {}],
    ['groups come from another claim', { groupsClaim: 'roles' }, {}],
    ['the username’s claim is missing', { usernameClaim: 'nickname' }, {}],
  ])('%s', async (_what, change, claims) => {
    await using proxy = await startFollowingProxy(own, base)
    const watch = await begin(proxy, get(WATCH), claims)
    await proxy.configure({ ...base, issuers: [{ ...own.issuer.settings, ...change }] })
    await expect.poll(() => hasEndedCleanly(watch)).toBe(true)
    watch.socket.destroy()
  })

  test('an issuer whose keys come from elsewhere is another one', async () => {
    await using proxy = await startFollowingProxy(own, base)
    const watch = await begin(proxy, get(WATCH))
    const discoveryURL = own.issuer.discoveryURL.replace('127.0.0.1', 'localhost')
    await proxy.configure({ ...base, issuers: [{ ...own.issuer.settings, discoveryURL }] })
    await expect.poll(() => hasEndedCleanly(watch)).toBe(true)
    watch.socket.destroy()
  })

  test('whoever acts as somebody else when impersonation is switched off, and not whoever acts for themselves', async () => {
    await using proxy = await startFollowingProxy(own, base)
    const as = 'Impersonate-User: bob\r\n'
    const [asBob, herself] = [await begin(proxy, get(WATCH, as)), await begin(proxy, get(WATCH))]
    const idle = await openClient(proxy, get('/version', as))
    await expect.poll(() => idle.received.text).toContain('HTTP/1.1 200')
    await proxy.configure({ ...base, impersonation: 'off' })
    await expect.poll(() => hasEndedCleanly(asBob)).toBe(true)
    expect(await statusOn(idle, '/version', as)).toBe(403)
    expect(herself.received).toMatchObject({
      hasEnded: false,
      text: expect.not.stringContaining('\r\n0\r\n'),
    })
    for (const { socket } of [asBob, herself, idle]) socket.destroy()
  })

  test('ServiceAccounts when they are not passed through any more', async () => {
    await using proxy = await startFollowingProxy(own, base)
    const robot = () => own.token({ iss: CLUSTER })
    const watch = await begin({ ...proxy, token: robot }, get(WATCH))
    await proxy.configure({ ...base, passThrough: 'off' })
    await expect.poll(() => hasEndedCleanly(watch)).toBe(true)
    const idle = await openClient({ ...proxy, token: robot }, get('/version'))
    await expect.poll(() => idle.received.text).toContain('HTTP/1.1 401')
    for (const { socket } of [watch, idle]) socket.destroy()
  })

  test('a stream that the API server grants only after the change', async () => {
    await using proxy = await startFollowingProxy(own, base)
    own.upstream.answer = () => undefined
    const exec = await openClient({ ...proxy, token: partner.token }, upgrade('SPDY/3.1'))
    await expect.poll(() => own.upstream.received).toHaveLength(1)
    await proxy.configure({ ...base, issuers: [own.issuer.settings] })
    switchTo(own.upstream.received[0]!.socket, 'SPDY/3.1')
    await expect.poll(() => exec.received.hasEnded).toBe(true)
    await expect.poll(() => own.upstream.received[0]?.socket.destroyed).toBe(true)
  })

  test('whoever another list of revocations has', async () => {
    await using proxy = await startFollowingProxy(own, base)
    const file = join(own.directory, 'another-list.yaml')
    await writeFile(file, 'revocations: [{user: alice@kyma.cx}]')
    const watch = await begin(proxy, get(WATCH))
    await proxy.configure({ ...base, revocations: { file } })
    await expect.poll(() => hasEndedCleanly(watch)).toBe(true)
    const idle = await openClient(proxy, get('/version'))
    await expect.poll(() => idle.received.text).toContain('the token was revoked')
    for (const { socket } of [watch, idle]) socket.destroy()
  })
})

describe('what can’t be used leaves the old configuration in force as a whole', () => {
  /** Shows whether `cors` of a refused configuration is in force. */
  const cors = { allowedOrigins: ['https://console.example'] }
  const allowsOrigin = async (proxy: { url: string; ca: string; token: Surroundings['token'] }) => {
    const client = await openClient(proxy, get('/version', 'Origin: https://console.example\r\n'))
    await expect.poll(() => client.received.text).toMatch(/\}$/)
    client.socket.destroy()
    expect(client.received.text).toContain('HTTP/1.1 200')
    return client.received.text.includes('Access-Control-Allow-Origin')
  }

  test.each<[string, (config: ProxyConfigInput) => object | string, RegExp]>([
    ['is not YAML', () => 'issuers: [', /: line \d+, column \d+: /],
    ['is empty', () => '', /\/issuers: is missing/],
    [
      'has an unknown setting',
      (config) => ({ ...config, cors, surprise: 1 }),
      /\/surprise: is not a known setting/,
    ],
    [
      'names a certificate that is not there',
      (config) => ({ ...config, cors, tls: { certificateFile: 'absent', keyFile: 'absent' } }),
      /absent.*can't be read/,
    ],
    [
      'names a kubeconfig that is not there',
      (config) => ({ ...config, cors, upstream: { kubeconfig: '/absent.yaml' } }),
      /absent\.yaml/,
    ],
    [
      'names revocations that are not there',
      (config) => ({ ...config, cors, revocations: { file: '/absent' } }),
      /no such file \(\/absent\)/,
    ],
    [
      'names an issuer that can’t be reached',
      (config) => ({
        ...config,
        cors,
        issuers: [...config.issuers, { url: 'https://127.0.0.1:1', audiences: ['x'] }],
      }),
      /127\.0\.0\.1:1.* could not be fetched/,
    ],
    [
      'has times that can’t be',
      (config) => ({ ...config, cors, timeouts: { headersSeconds: 20, requestSeconds: 10 } }),
      /\/timeouts\/headersSeconds: must not be more/,
    ],
  ])('a file that %s', async (_what, change, reason) => {
    await using proxy = await startFollowingProxy(own, base)
    const watch = await begin(proxy, get(WATCH))
    expect(await proxy.metric(SUCCESSFUL)).toBe(1)
    await proxy.write(change(base))
    await expect
      .poll(() => proxy.logged(NOT_USABLE))
      .toMatchObject([
        {
          level: 'error',
          file: expect.stringContaining('following-'),
          reason: expect.stringMatching(reason),
        },
      ])
    expect(await proxy.metric(SUCCESSFUL)).toBe(0)
    expect(await allowsOrigin(proxy)).toBe(false)
    // Mended, and in use.
    await proxy.configure({ ...base, cors })
    expect(await proxy.metric(SUCCESSFUL)).toBe(1)
    expect(await allowsOrigin(proxy)).toBe(true)
    expect(watch.received.hasEnded).toBe(false)
    watch.socket.destroy()
  })

  test('what needs a restart is named, once, and nothing else of the file is in force', async () => {
    await using proxy = await startFollowingProxy(own, base)
    const watch = await begin({ ...proxy, token: partner.token }, get(WATCH))
    const refusals = () => proxy.logged('the new configuration changes what needs a restart')
    await proxy.write({
      ...base,
      cors,
      issuers: [own.issuer.settings],
      listen: { host: '127.0.0.1', port: 1 },
      workers: 2,
      limits: { headerBytes: 10_000 },
    })
    await expect.poll(refusals).toMatchObject([
      {
        level: 'error',
        needRestart: ['listen', 'workers', 'limits.headerBytes'],
        msg: 'the new configuration changes what needs a restart (listen, workers, limits.headerBytes); the old one stays in use',
      },
    ])
    expect(await proxy.metric(SUCCESSFUL)).toBe(0)
    expect(await allowsOrigin(proxy)).toBe(false)
    expect(watch.received).toMatchObject({ hasEnded: false, text: expect.not.stringContaining('\r\n0\r\n') })
    // Whoever asks is told again; what is in use already is no reload.
    process.emit('SIGHUP')
    await expect.poll(refusals).toHaveLength(2)
    await proxy.write(base)
    await expect.poll(() => proxy.metric(SUCCESSFUL)).toBe(1)
    expect(proxy.logged('the new configuration is in use')).toEqual([])
    watch.socket.destroy()
  })
})

test('an issuer that is down is taken when it is back', async () => {
  await using proxy = await startFollowingProxy(own, { ...base, issuers: [own.issuer.settings] })
  await partner.issuer.goDown()
  await proxy.write(base)
  await expect.poll(() => proxy.logged(NOT_USABLE)).toHaveLength(1)
  await partner.issuer.comeBack()
  process.emit('SIGHUP')
  await expect.poll(() => proxy.logged('the new configuration is in use')).toHaveLength(1)
  const client = await begin({ ...proxy, token: partner.token }, get('/version'))
  client.socket.destroy()
})

test('an issuer that is down keeps nothing from being narrowed', async () => {
  await using proxy = await startFollowingProxy(own, base)
  const watch = await begin({ ...proxy, token: partner.token }, get(WATCH))
  await partner.issuer.goDown()
  await proxy.configure({
    ...base,
    issuers: [
      own.issuer.settings,
      { ...partner.issuer.settings, usernamePrefix: 'partner:', audiences: ['another'] },
    ],
  })
  await partner.issuer.comeBack()
  await expect.poll(() => hasEndedCleanly(watch)).toBe(true)
  watch.socket.destroy()
})

test('a ConfigMap’s mount is followed: the kubelet swaps the symlink of its directory', async () => {
  const mount = await mkdtemp(join(own.directory, 'mount-'))
  const publish = async (version: string, config: ProxyConfigInput) => {
    await mkdir(join(mount, version))
    await writeFile(join(mount, version, 'config.yaml'), JSON.stringify(config))
    await symlink(version, join(mount, '..data_tmp'))
    await rename(join(mount, '..data_tmp'), join(mount, '..data'))
  }
  await publish('..2026_11_25', base)
  await symlink(join('..data', 'config.yaml'), join(mount, 'config.yaml'))
  await using proxy = await startFollowingProxy(own, base, join(mount, 'config.yaml'))
  await publish('..2026_11_26', { ...base, impersonation: 'off' })
  await expect.poll(() => proxy.logged('the new configuration is in use')).toHaveLength(1)
  const client = await openClient(proxy, get('/version', 'Impersonate-User: bob\r\n'))
  await expect.poll(() => client.received.text).toContain('HTTP/1.1 403')
  client.socket.destroy()
})

test('many reloads leave nothing behind', async () => {
  const warnings: string[] = []
  const warn = ({ message }: Error) => void warnings.push(message)
  process.on('warning', warn)
  await using proxy = await startFollowingProxy(own, base)
  for (let round = 1; round <= 12; round++) {
    const connectSeconds = 5 + (round % 2)
    await proxy.configure({ ...base, timeouts: { ...base.timeouts, connectSeconds } })
  }
  process.off('warning', warn)
  expect(warnings).toEqual([])
})
