import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws'
import {
  get,
  openTls,
  openWorkshop,
  parseAnswer,
  readAll,
  type RunningGateway,
  sendRaw,
  startGateway,
} from './gateway.ts'
import { startUpstream, type Upstream } from './upstream.ts'
import { useWorkshop } from './use-workshop.ts'

const workshop = useWorkshop()
let ca: string
let dex: Upstream
let ui: Upstream
let gateway: RunningGateway

beforeAll(async () => {
  ca = workshop.authority.certificatePem
  dex = await startUpstream(workshop, 'dex.internal')
  ui = await startUpstream(undefined, 'ui')
  const websockets = new WebSocketServer({ noServer: true })
  ui.server.on('upgrade', (request, socket, head) => {
    if (request.url === '/refuse')
      return socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno')
    websockets.handleUpgrade(request, socket, head, (client) => {
      client.send(JSON.stringify(request.headers))
      client.on('message', (data, isBinary) => client.send(data, { binary: isBinary }))
    })
    return undefined
  })
  gateway = await startGateway({
    hosts: [
      {
        host: 'Dex.Test.localhost',
        tls: await workshop.serverPair('dex.test.localhost'),
        upstream: {
          service: 'dex',
          url: `https://127.0.0.1:${dex.port}`,
          serverName: 'dex.internal',
          certificateAuthorityFile: workshop.authority.certificateFile,
        },
      },
      {
        host: 'ui.example.test',
        tls: await workshop.serverPair('ui.example.test'),
        upstream: { service: 'console', url: `http://127.0.0.1:${ui.port}` },
        websocket: true,
      },
    ],
    strictTransportSecurity: { maxAgeSeconds: 3600 },
    limits: { headerBytes: 4096, drainSeconds: 0 },
  })
})
afterAll(async () => {
  await gateway?.drain()
  await dex?.[Symbol.asyncDispose]()
  await ui?.[Symbol.asyncDispose]()
})

const to = (serverName: string | undefined) => ({ port: gateway.port, ca, serverName })
const hostOf = (name: string) => `${name}:${gateway.port}`

describe('certificates', () => {
  test.each(['dex.test.localhost', 'ui.example.test'])('%s has its own', async (name) => {
    const socket = await openTls(to(name))
    expect(socket.getPeerCertificate().subjectaltname).toBe(`DNS:${name}`)
    expect(socket.getProtocol()).toBe('TLSv1.3')
    socket.destroy()
  })

  test.each([
    [['h2', 'http/1.1'], 'h2'],
    [['http/1.1', 'h2'], 'h2'],
    [['http/1.1'], 'http/1.1'],
    [undefined, false],
  ])('of the protocols %j it chooses %j', async (known, chosen) => {
    const socket = await openTls(to('dex.test.localhost'), known ? { ALPNProtocols: known } : {})
    expect(socket.alpnProtocol).toBe(chosen)
    socket.destroy()
  })

  test('TLS 1.1 is refused', async () => {
    const old = openTls(to('dex.test.localhost'), {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL@SECLEVEL=0',
    })
    await expect(old).rejects.toThrow(/alert protocol version|unsupported protocol|no protocols available/)
  })

  test('a renewed file is used for the next connection, and open ones stay', async () => {
    await using shop = await openWorkshop()
    const pair = await shop.serverPair('a.test')
    await using own = await startGateway({
      hosts: [
        { host: 'a.test', tls: pair, upstream: { service: 'dex', url: `http://127.0.0.1:${ui.port}` } },
      ],
    })
    const target = { port: own.port, ca: shop.authority.certificatePem, serverName: 'a.test' }
    const before = await openTls(target)
    const renewed = await shop.authority.issueServerCertificate({
      directory: join(shop.directory, 'renewed'),
      name: 'a.test',
      dnsNames: ['a.test'],
      ipAddresses: [],
    })
    await writeFile(pair.keyFile, await readFile(renewed.keyFile))
    await writeFile(pair.certificateFile, await readFile(renewed.certificateFile))
    const serial = async () => {
      const socket = await openTls(target)
      const { serialNumber } = socket.getPeerCertificate()
      socket.destroy()
      return serialNumber
    }
    const first = before.getPeerCertificate().serialNumber
    await expect.poll(serial).not.toBe(first)
    before.write('GET /still HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
    expect(parseAnswer(await readAll(before)).code).toBe(200)
  })
})

describe('a request to an upstream', () => {
  test('keeps method, path, query, body and Host', async () => {
    const body = 'login=a&password=b'
    const path = '/auth//x/../local?state=%2F&y=%5C'
    const answer = await sendRaw(
      to('dex.test.localhost'),
      `POST ${path} HTTP/1.1\r\nHost: ${hostOf('dex.test.localhost')}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    )
    expect(answer.code).toBe(200)
    expect(dex.requests.at(-1)).toMatchObject({
      method: 'POST',
      url: path,
      body,
      headers: { host: hostOf('dex.test.localhost'), 'content-length': String(body.length) },
    })
  })

  test('a chunked body arrives whole', async () => {
    const answer = await sendRaw(
      to('dex.test.localhost'),
      `POST /x HTTP/1.1\r\nHost: dex.test.localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n`,
    )
    expect(answer.code).toBe(200)
    expect(dex.requests.at(-1)!.body).toBe('abcdefg')
  })

  test('forwarding headers of the client are replaced by ours', async () => {
    await get(to('dex.test.localhost'), '/forwarding', {
      'X-Forwarded-For': '6.6.6.6',
      'x-forwarded-host': 'evil.test',
      'X-Forwarded-Proto': 'http',
      X_Forwarded_Port: '1',
      'X-Forwarded-User': 'admin',
      Forwarded: 'for=6.6.6.6;host=evil.test',
      'X-Real-IP': '6.6.6.6',
      'X-Original-URL': '/admin',
      'X-Remote-User': 'system:admin',
      'Impersonate-User': 'system:admin',
    })
    const { headers } = dex.requests.at(-1)!
    expect(
      Object.fromEntries(
        Object.entries(headers).filter(([name]) => /forwarded|real|original|remote|imperson/i.test(name)),
      ),
    ).toEqual({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': hostOf('dex.test.localhost'),
      'x-forwarded-port': String(gateway.port),
      'x-forwarded-proto': 'https',
    })
  })

  test('hop-by-hop headers and what Connection names stay here, and Connection can’t remove ours', async () => {
    await get(to('dex.test.localhost'), '/hops', {
      Connection: 'close, X-Secret, X-Forwarded-For, audit-id, te',
      'X-Secret': '1',
      'Keep-Alive': 'timeout=5',
      'Proxy-Authorization': 'Basic eA==',
      TE: 'trailers',
      Trailer: 'X-T',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'AAMAAABkAAQCAAAAAAIAAAAA',
      'X-Kept': '1',
    })
    const { headers } = dex.requests.at(-1)!
    expect(Object.keys(headers).toSorted()).toEqual([
      'audit-id',
      'connection',
      'host',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-port',
      'x-forwarded-proto',
      'x-kept',
    ])
    expect(headers.connection).toBe('keep-alive')
  })

  test('one Audit-ID is in the request, the answer and the log', async () => {
    const made = await get(to('dex.test.localhost'), '/audit')
    const id = made.headers.get('audit-id')!
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(dex.requests.at(-1)!.headers['audit-id']).toBe(id)
    await expect
      .poll(() => gateway.log.filter((line) => line['auditId'] === id))
      .toEqual([
        expect.objectContaining({
          host: 'dex.test.localhost',
          service: 'dex',
          path: '/audit',
          code: 200,
          method: 'GET',
        }),
      ])
    const given = await get(to('dex.test.localhost'), '/', { 'Audit-ID': 'my-id.1' })
    expect(given.headers.get('audit-id')).toBe('my-id.1')
    expect(dex.requests.at(-1)!.headers['audit-id']).toBe('my-id.1')
    const forged = await get(to('dex.test.localhost'), '/', { 'Audit-ID': '"} forged {"' })
    expect(forged.headers.get('audit-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('the query, which may hold a code, is not logged', async () => {
    await get(to('dex.test.localhost'), '/callback?code=s3cret-code&state=x')
    await expect.poll(() => gateway.log.some((line) => line['path'] === '/callback')).toBe(true)
    expect(JSON.stringify(gateway.log)).not.toContain('s3cret-code')
  })

  test('the next request on the same connection is served too', async () => {
    const socket = await openTls(to('dex.test.localhost'))
    socket.write('GET /1 HTTP/1.1\r\nHost: dex.test.localhost\r\n\r\n')
    socket.write('GET /2 HTTP/1.1\r\nHost: dex.test.localhost\r\nConnection: close\r\n\r\n')
    const text = await readAll(socket)
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
    expect(dex.requests.slice(-2).map(({ url }) => url)).toEqual(['/1', '/2'])
  })

  test('a request that expects 100 Continue gets it from us and arrives once', async () => {
    const socket = await openTls(to('dex.test.localhost'))
    socket.write(
      'POST /continue HTTP/1.1\r\nHost: dex.test.localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n',
    )
    await expect.poll(() => (socket.read() as Buffer | null)?.toString()).toContain('100 Continue')
    socket.write('ok')
    expect(parseAnswer(await readAll(socket)).code).toBe(200)
    expect(dex.requests.at(-1)).toMatchObject({ url: '/continue', body: 'ok' })
  })
})

describe('answers of an upstream', () => {
  test('HSTS goes to hosts of a real domain, never to localhost', async () => {
    const real = await get(to('ui.example.test'))
    expect(real.headers.get('strict-transport-security')).toBe('max-age=3600')
    await using pinned = await startUpstream(workshop, 'dex.internal', (_, response) => {
      response.setHeader('Strict-Transport-Security', 'max-age=1')
      response.end()
    })
    await using own = await gatewayTo(pinned)
    const local = await get({ port: own.port, ca, serverName: 'dex.test.localhost' })
    expect(local.headers.has('strict-transport-security')).toBe(false)
    expect((await get(to('dex.test.localhost'))).headers.has('strict-transport-security')).toBe(false)
  })

  test('an answer that breaks off does not look complete', async () => {
    await using broken = await startUpstream(workshop, 'dex.internal', (request, response) => {
      response.writeHead(200, { 'Content-Length': 100 })
      response.write('half')
      setImmediate(() => request.socket.destroy())
    })
    await using own = await gatewayTo(broken)
    const answer = await get({ port: own.port, ca, serverName: 'dex.test.localhost' })
    expect(answer.code).toBe(200)
    expect(answer.body).not.toHaveLength(100)
  })

  test('a stream flows while it is made, and ends upstream when the client leaves', async () => {
    const left = Promise.withResolvers<void>()
    await using streaming = await startUpstream(workshop, 'dex.internal', (_, response) => {
      response.write('first\n')
      response.once('close', () => left.resolve())
    })
    await using own = await gatewayTo(streaming)
    const socket = await openTls({ port: own.port, ca, serverName: 'dex.test.localhost' })
    socket.write('GET /watch HTTP/1.1\r\nHost: dex.test.localhost\r\n\r\n')
    await expect.poll(() => (socket.read() as Buffer | null)?.toString() ?? '').toContain('first')
    socket.destroy()
    await left.promise
  })

  test('a connection that the upstream has closed meanwhile costs no request', async () => {
    await using fickle = await startUpstream(workshop, 'dex.internal', (request, response) => {
      response.end('ok')
      response.once('finish', () => setTimeout(() => request.socket.destroy(), 5))
    })
    await using own = await gatewayTo(fickle)
    for (let round = 0; round < 20; round += 1) {
      const answer = await get({ port: own.port, ca, serverName: 'dex.test.localhost' })
      expect(answer.code).toBe(200)
      await new Promise((resolve) => setTimeout(resolve, round % 10))
    }
  })
})

describe('errors', () => {
  test('a host that is not served is 404 and names those that are, as JSON or as a page', async () => {
    const json = await get(to('other.test.localhost'), '/', { Host: 'other.test.localhost' }).catch(
      (error: Error) => error,
    )
    // The certificate shown is the default one, which does not name that host.
    expect(json).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    const careless = { ...to(undefined) }
    const status = await get(careless, '/', { Host: 'other.test.localhost' })
    expect(status.code).toBe(404)
    expect(status.headers.get('content-type')).toBe('application/json')
    expect(JSON.parse(status.body)).toMatchObject({
      kind: 'Status',
      code: 404,
      reason: 'NotFound',
      message:
        'other.test.localhost is not a host of this gateway; it serves dex.test.localhost, ui.example.test',
    })
    const page = await get(careless, '/', { Host: 'other.test.localhost', Accept: 'text/html,*/*;q=0.8' })
    expect(page.code).toBe(404)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.body).toContain('<li><code>ui.example.test</code></li>')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test('a served host over a connection for another is 421', async () => {
    const answer = await get(to('dex.test.localhost'), '/', { Host: 'ui.example.test' })
    expect(answer.code).toBe(421)
    expect(JSON.parse(answer.body).message).toContain(
      'opened for dex.test.localhost, the request asks for ui.example.test',
    )
  })

  test('the second request of a connection is checked like the first', async () => {
    const socket = await openTls(to('dex.test.localhost'))
    socket.write('GET / HTTP/1.1\r\nHost: dex.test.localhost\r\n\r\n')
    socket.write('GET / HTTP/1.1\r\nHost: ui.example.test\r\n\r\n')
    expect(await readAll(socket)).toContain('HTTP/1.1 421')
  })

  test('TLS that was resumed from another host’s session is not taken for that host', async () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const first = connectTls({
        host: '127.0.0.1',
        port: gateway.port,
        ca,
        servername: 'dex.test.localhost',
        maxVersion,
      })
      const session = await new Promise<Buffer>((resolve) => first.once('session', resolve))
      first.destroy()
      const socket = connectTls({
        host: '127.0.0.1',
        port: gateway.port,
        ca,
        servername: 'ui.example.test',
        session,
        maxVersion,
        checkServerIdentity: () => undefined,
      })
      await new Promise((resolve) => socket.once('secureConnect', resolve))
      socket.write('GET / HTTP/1.1\r\nHost: dex.test.localhost\r\nConnection: close\r\n\r\n')
      expect(parseAnswer(await readAll(socket)).code).toBe(421)
    }
  })

  test('a service that is down is 502, and its name and how to look are said', async () => {
    const gone = await startUpstream(workshop, 'dex.internal')
    await gone[Symbol.asyncDispose]()
    await using own = await gatewayTo(gone)
    const target = { port: own.port, ca, serverName: 'dex.test.localhost' }
    const json = JSON.parse((await get(target)).body)
    expect(json).toMatchObject({
      code: 502,
      message: 'dex.test.localhost is served by dex, which is not running (connection refused)',
      details: { causes: [{ message: 'gatehouse logs dex' }] },
    })
    const page = await get(target, '/', { Accept: 'text/html' })
    expect(page.code).toBe(502)
    expect(page.body).toContain('<code>gatehouse logs dex</code>')
  })

  test.each([
    [
      'with a certificate of another CA',
      'trusted',
      'presents a certificate of a CA that is not trusted here',
    ],
    ['with a certificate for another name', 'name', 'presents a certificate for another name'],
    ['that speaks no TLS', 'plain', 'does not speak TLS there'],
  ])('a service %s is 502', async (_, fault, why) => {
    await using other = await openWorkshop()
    const [shop, name] =
      fault === 'plain'
        ? [undefined, '']
        : fault === 'name'
          ? [workshop, 'else.internal']
          : [other, 'dex.internal']
    await using impostor = await startUpstream(shop, name)
    await using own = await gatewayTo(impostor)
    const answer = await get({ port: own.port, ca, serverName: 'dex.test.localhost' })
    expect(answer.code).toBe(502)
    expect(JSON.parse(answer.body).message).toContain(why)
    expect(impostor.requests).toEqual([])
  })

  test('a service that does not begin to answer is 504', async () => {
    await using slow = await startUpstream(workshop, 'dex.internal', () => undefined)
    await using own = await gatewayTo(slow, { responseSeconds: 0.2 })
    const answer = await get({ port: own.port, ca, serverName: 'dex.test.localhost' })
    expect(answer.code).toBe(504)
    expect(JSON.parse(answer.body).message).toContain('did not begin to answer within 0.2 s')
  })

  test('a new CA file makes an upstream trusted without a restart', async () => {
    await using other = await openWorkshop()
    await using renewed = await startUpstream(other, 'dex.internal')
    const file = join(other.directory, 'trusted.pem')
    await writeFile(file, ca)
    await using own = await gatewayTo(renewed, {}, file)
    const target = { port: own.port, ca, serverName: 'dex.test.localhost' }
    expect((await get(target)).code).toBe(502)
    await writeFile(file, other.authority.certificatePem)
    await expect.poll(async () => (await get(target)).code).toBe(200)
  })
})

describe('plain HTTP', () => {
  const plain = (text: string, port = gateway.httpPort) =>
    new Promise<ReturnType<typeof parseAnswer>>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'))
      readAll(socket).then((all) => resolve(parseAnswer(all)), reject)
    })

  test.each(['dex.test.localhost', 'DEX.test.localhost:1'])(
    '%s is redirected to https with path and query',
    async (host) => {
      const answer = await plain(
        `POST /a/../b?x=1&y=%2F HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\n\r\nhi`,
      )
      expect(answer.code).toBe(308)
      expect(answer.headers.get('location')).toBe(
        `https://dex.test.localhost:${gateway.port}/a/../b?x=1&y=%2F`,
      )
      expect(answer.headers.has('strict-transport-security')).toBe(false)
    },
  )

  test('a path that looks like an address stays a path', async () => {
    const answer = await plain('GET //evil.test/ HTTP/1.1\r\nHost: dex.test.localhost\r\n\r\n')
    expect(answer.headers.get('location')).toBe(`https://dex.test.localhost:${gateway.port}//evil.test/`)
  })

  test.each([
    ['Host: evil.test', 404],
    ['Host: dex.test.localhost@evil.test', 400],
    ['Host: dex.test.localhost:443:evil', 400],
    ['Host: evil.test#dex.test.localhost', 400],
    ['Host: dex.test.localhost\r\nHost: evil.test', 400],
    ['X: y', 400],
  ])('is no open redirect: %s', async (header, code) => {
    const answer = await plain(`GET / HTTP/1.1\r\n${header}\r\nConnection: close\r\n\r\n`)
    expect(answer.code).toBe(code)
    expect(answer.headers.has('location')).toBe(false)
  })

  test('an absolute request target is no open redirect', async () => {
    const answer = await plain(
      'GET http://evil.test/ HTTP/1.1\r\nHost: dex.test.localhost\r\nConnection: close\r\n\r\n',
    )
    expect([answer.code, answer.headers.has('location')]).toEqual([400, false])
  })

  test('on the https port is told to speak TLS', async () => {
    const answer = await plain('GET / HTTP/1.1\r\nHost: dex.test.localhost\r\n\r\n', gateway.port)
    expect([answer.code, answer.body]).toEqual([400, 'this port speaks TLS; begin with https://\n'])
  })
})

describe('attacks on framing', () => {
  const attack = (head: string, body = '') =>
    sendRaw(to('dex.test.localhost'), `${head.replace('HOST', 'Host: dex.test.localhost')}\r\n\r\n${body}`)
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: dex.test.localhost\r\n\r\n'

  test.each([
    [
      'CL and TE',
      `POST / HTTP/1.1\r\nHOST\r\nContent-Length: 4\r\nTransfer-Encoding: chunked`,
      `0\r\n\r\n${smuggled}`,
    ],
    [
      'two different Content-Lengths',
      `POST / HTTP/1.1\r\nHOST\r\nContent-Length: 0\r\nContent-Length: 60`,
      smuggled,
    ],
    ['a Content-Length with a sign', `POST / HTTP/1.1\r\nHOST\r\nContent-Length: +0`, smuggled],
    [
      'Transfer-Encoding: x, chunked',
      `POST / HTTP/1.1\r\nHOST\r\nTransfer-Encoding: x, chunked`,
      `0\r\n\r\n${smuggled}`,
    ],
    [
      'Transfer-Encoding: chunked, x',
      `POST / HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked, x`,
      `0\r\n\r\n${smuggled}`,
    ],
    [
      'two Transfer-Encodings',
      `POST / HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity`,
      `0\r\n\r\n${smuggled}`,
    ],
    [
      'a space before the colon',
      `POST / HTTP/1.1\r\nHOST\r\nTransfer-Encoding : chunked`,
      `0\r\n\r\n${smuggled}`,
    ],
    [
      'a folded header',
      `POST / HTTP/1.1\r\nHOST\r\nX: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 0`,
      smuggled,
    ],
    ['bare line feeds', `POST / HTTP/1.1\nHost: dex.test.localhost\nContent-Length: 0`, smuggled],
    [
      'a bare CR in a header',
      `POST / HTTP/1.1\r\nHOST\r\nX: a\rTransfer-Encoding: chunked\r\nContent-Length: 0`,
      smuggled,
    ],
    ['NUL in a header', `POST / HTTP/1.1\r\nHOST\r\nX: a\0b\r\nContent-Length: 0`, smuggled],
    [
      'a chunk size with a sign',
      `POST / HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked`,
      `-1\r\n\r\n${smuggled}`,
    ],
    [
      'a chunk extension with a bare LF',
      `POST / HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked`,
      `0;x\n\r\n${smuggled}`,
    ],
    ['HTTP/1.0 with TE', `POST / HTTP/1.0\r\nHOST\r\nTransfer-Encoding: chunked`, `0\r\n\r\n${smuggled}`],
    [
      'DELETE with a chunked body (CVE-2026-29057)',
      `DELETE / HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked`,
      `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
    ],
    [
      'OPTIONS with a chunked body (CVE-2026-29057)',
      `OPTIONS / HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked`,
      `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
    ],
    [
      'an upgrade to h2c with a request behind it',
      `GET / HTTP/1.1\r\nHOST\r\nConnection: Upgrade\r\nUpgrade: h2c`,
      smuggled,
    ],
    [
      'an upgrade to WebSocket where there is none',
      `GET / HTTP/1.1\r\nHOST\r\nConnection: Upgrade\r\nUpgrade: websocket`,
      smuggled,
    ],
    [
      'Connection naming Content-Length',
      `POST / HTTP/1.1\r\nHOST\r\nConnection: content-length\r\nContent-Length: ${smuggled.length}`,
      smuggled,
    ],
  ])('%s is refused, and nothing reaches the service', async (_, head, body) => {
    const before = dex.requests.length
    const answer = await attack(head, body)
    expect([400, 403, 405, 411]).toContain(answer.code)
    expect(answer.text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(dex.requests.slice(before)).toEqual([])
  })

  test('headers without end are 431', async () => {
    const answer = await attack(`GET / HTTP/1.1\r\nHOST\r\nX: ${'a'.repeat(10_000)}`)
    expect(answer.code).toBe(431)
  })

  test('a smuggled trailer does not arrive', async () => {
    await attack(
      'POST /trailers HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\nConnection: close',
      '1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n',
    )
    const { headers, body } = dex.requests.at(-1)!
    expect([headers.authorization, headers.trailer, body]).toEqual([undefined, undefined, 'a'])
  })
})

describe('WebSocket', () => {
  const open = (path: string, options: ClientOptions & { servername?: string } = {}) =>
    new WebSocket(`wss://127.0.0.1:${gateway.port}${path}`, {
      ca,
      servername: 'ui.example.test',
      headers: { Host: hostOf('ui.example.test') },
      ...options,
    })

  test('both ways, with our headers on the way in', async () => {
    const socket = open('/live', { origin: `https://${hostOf('ui.example.test')}` })
    const messages: string[] = []
    socket.on('message', (data) => messages.push((data as Buffer).toString()))
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send('hello')
    await expect.poll(() => messages).toHaveLength(2)
    expect(JSON.parse(messages[0]!)).toMatchObject({
      upgrade: 'websocket',
      connection: 'Upgrade',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '127.0.0.1',
      'audit-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(messages[1]).toBe('hello')
    socket.close()
    await expect
      .poll(() => gateway.log.find((line) => line['path'] === '/live'))
      .toMatchObject({ code: 101, upgraded: true })
  })

  test.each([
    ['from another origin', '/', { origin: 'https://evil.test' }, 403],
    ['that the service refuses', '/refuse', {}, 401],
    [
      'for a host that takes none',
      '/',
      { servername: 'dex.test.localhost', headers: { Host: 'dex.test.localhost' } },
      403,
    ],
    ['for a host other than the connection’s', '/', { headers: { Host: 'dex.test.localhost' } }, 421],
  ])('%s is refused', async (_, path, options, code) => {
    const socket = open(path, options)
    const refused = await new Promise<number>((resolve, reject) => {
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode!))
      socket.once('open', () => reject(new Error('was upgraded')))
      socket.once('error', reject)
    })
    expect(refused).toBe(code)
    socket.on('error', () => undefined)
    socket.terminate()
  })

  test('bytes sent before the service agreed are not read as a second request', async () => {
    const before = ui.requests.length
    const answer = await sendRaw(
      to('ui.example.test'),
      'GET /refuse HTTP/1.1\r\nHost: ui.example.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: ui.example.test\r\n\r\n',
    )
    expect(answer.code).toBe(401)
    expect(ui.requests.slice(before)).toEqual([])
  })
})

describe('operations', () => {
  const ask = async (path: string) => {
    const answer = await fetch(`${gateway.operations}${path}`)
    return [answer.status, await answer.text()] as const
  }
  test('healthy and ready while it listens', async () => {
    expect((await ask('/healthz'))[0]).toBe(200)
    expect((await ask('/readyz'))[0]).toBe(200)
  })

  test('metrics count by served host only, so that no client makes series', async () => {
    await get(to(undefined), '/', { Host: 'random-host-1.test' })
    await get(to('dex.test.localhost'))
    const [, metrics] = await ask('/metrics')
    expect(metrics).toMatch(
      /gatehouse_gateway_requests_total\{listener="https",host="dex.test.localhost",method="GET",code="200"\} \d/,
    )
    expect(metrics).toContain('host="none"')
    expect(metrics).not.toContain('random-host-1')
    expect(metrics).toContain('gatehouse_gateway_open_connections{kind="terminated"}')
  })
})

/** A gateway with `dex.test.localhost` in front of `upstream` alone. */
async function gatewayTo(
  upstream: Upstream,
  limits: Parameters<typeof startGateway>[0]['limits'] = {},
  certificateAuthorityFile = workshop.authority.certificateFile,
): Promise<RunningGateway> {
  return startGateway({
    hosts: [
      {
        host: 'dex.test.localhost',
        tls: await workshop.serverPair('dex.test.localhost'),
        upstream: {
          service: 'dex',
          url: `https://127.0.0.1:${upstream.port}`,
          serverName: 'dex.internal',
          certificateAuthorityFile,
        },
      },
    ],
    strictTransportSecurity: { maxAgeSeconds: 60 },
    limits,
  })
}
