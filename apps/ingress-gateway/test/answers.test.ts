import { connect } from 'node:http2'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get, openTls, parseAnswer, readAll, type RunningGateway, sendRaw, startGateway } from './gateway.ts'
import { startUpstream, type Upstream } from './upstream.ts'
import { useWorkshop } from './use-workshop.ts'

const SCRIPT = 'console.log("gatehouse")\n'.repeat(400)
const POLICY = "default-src 'self'; script-src 'self'; frame-ancestors 'none'"

const workshop = useWorkshop()
let ui: Upstream
let gateway: RunningGateway
beforeAll(async () => {
  ui = await startUpstream(undefined, '', (request, response) => {
    if (request.url === '/own') {
      response.setHeader('Content-Security-Policy', "script-src 'nonce-x'")
      response.setHeader('X-Content-Type-Options', 'other')
      response.setHeader('Referrer-Policy', 'no-referrer')
      return response.end('own')
    }
    response.setHeader('Content-Type', 'text/javascript')
    response.setHeader('ETag', '"strong"')
    response.setHeader('Vary', 'Origin')
    if (request.url === '/drip') return void response.write(SCRIPT)
    response.setHeader('Content-Length', SCRIPT.length)
    response.setHeader('Accept-Ranges', 'bytes')
    return response.end(SCRIPT)
  })
  const upstream = { service: 'console', url: `http://127.0.0.1:${ui.port}` }
  gateway = await startGateway({
    hosts: [
      { host: 'ui.test', tls: await workshop.serverPair('ui.test'), upstream, contentSecurityPolicy: POLICY },
      { host: 'plain.test', tls: await workshop.serverPair('plain.test'), upstream },
    ],
    limits: { bodyBytes: 1000 },
  })
})
afterAll(async () => {
  await gateway?.drain()
  await ui?.[Symbol.asyncDispose]()
})

const to = (serverName = 'ui.test') => ({
  port: gateway.port,
  ca: workshop.authority.certificatePem,
  serverName,
})

/** The body as bytes, over HTTP/2, where nothing frames it but the frames. */
async function fetchBytes(acceptEncoding: string, path = '/app.js') {
  const session = connect(`https://127.0.0.1:${gateway.port}`, { ca: to().ca, servername: 'ui.test' })
  const stream = session.request({
    ':authority': 'ui.test',
    ':path': path,
    'accept-encoding': acceptEncoding,
  })
  const answered = new Promise<Record<string, string>>((resolve) =>
    stream.once('response', (head) => resolve(head as Record<string, string>)),
  )
  const chunks: Buffer[] = []
  const headers = await answered
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer)
    if (path === '/drip') break
  }
  session.destroy()
  return { headers, body: Buffer.concat(chunks) }
}

describe('compression', () => {
  test.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('%s brings the same bytes in fewer', async (encoding, decompress) => {
    const { headers, body } = await fetchBytes(encoding)
    expect(headers).toMatchObject({
      'content-encoding': encoding,
      vary: 'Origin, Accept-Encoding',
      etag: 'W/"strong"',
    })
    expect(headers['content-length']).toBeUndefined()
    expect(headers['accept-ranges']).toBeUndefined()
    expect(body.length).toBeLessThan(SCRIPT.length / 10)
    expect(decompress(body).toString()).toBe(SCRIPT)
  })

  test('who wants none gets none, and caches are told that it varies', async () => {
    const { headers, body } = await fetchBytes('identity')
    expect(headers).toMatchObject({
      'content-length': String(SCRIPT.length),
      vary: 'Origin, Accept-Encoding',
      etag: '"strong"',
    })
    expect(body.toString()).toBe(SCRIPT)
  })

  test('an answer without a length flows while it is made', async () => {
    const { headers, body } = await fetchBytes('gzip', '/drip')
    expect(headers['content-encoding']).toBe('gzip')
    expect(body.length).toBeGreaterThan(0)
  })

  test('HTTP/1.1 has it, too, and somebody’s cookie ends it', async () => {
    const compressed = await get(to(), '/app.js', { 'Accept-Encoding': 'gzip' })
    expect(compressed.headers.get('content-encoding')).toBe('gzip')
    expect(compressed.headers.get('transfer-encoding')).toBe('chunked')
    const personal = await get(to(), '/app.js', { 'Accept-Encoding': 'gzip', Cookie: 'session=1' })
    expect(personal.headers.has('content-encoding')).toBe(false)
    expect(personal.body).toBe(SCRIPT)
  })
})

describe('security headers', () => {
  test('a service that says nothing gets the host’s policy and what any page can live with', async () => {
    const { headers } = await get(to())
    expect(headers.get('content-security-policy')).toBe(POLICY)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('permissions-policy')).toContain('camera=()')
  })

  test('a host without a policy can’t be framed, nor based elsewhere', async () => {
    const { headers } = await get(to('plain.test'))
    expect(headers.get('content-security-policy')).toBe(
      "base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
    )
  })

  test('a service’s own stay as they are', async () => {
    const { headers } = await get(to(), '/own')
    expect(headers.get('content-security-policy')).toBe("script-src 'nonce-x'")
    expect(headers.get('x-content-type-options')).toBe('other')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })
})

describe('a body that is too large', () => {
  test('is refused by its length, before any of it is read', async () => {
    const before = ui.requests.length
    const answer = await sendRaw(to(), 'POST / HTTP/1.1\r\nHost: ui.test\r\nContent-Length: 1001\r\n\r\n')
    expect(answer.code).toBe(413)
    expect(JSON.parse(answer.body)).toMatchObject({ reason: 'RequestEntityTooLarge' })
    expect(ui.requests).toHaveLength(before)
  })

  test('is refused when it turns out to be', async () => {
    const before = ui.requests.length
    const socket = await openTls(to())
    socket.write('POST / HTTP/1.1\r\nHost: ui.test\r\nTransfer-Encoding: chunked\r\n\r\n')
    for (let piece = 0; piece < 3; piece += 1) socket.write(`190\r\n${'a'.repeat(400)}\r\n`)
    expect(parseAnswer(await readAll(socket)).code).toBe(413)
    expect(ui.requests).toHaveLength(before)
  })

  test('one byte less is served', async () => {
    const body = 'a'.repeat(1000)
    const answer = await sendRaw(
      to(),
      `POST / HTTP/1.1\r\nHost: ui.test\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n${body}`,
    )
    expect(answer.code).toBe(200)
    expect(ui.requests.at(-1)!.body).toBe(body)
  })
})
