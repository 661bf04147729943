import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { openCertificateAuthority } from '@gatehouse/pki'
import { createLogger } from '@gatehouse/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startConsole } from '../src/app.ts'
import { builtPage } from '../src/build/built-page.ts'

const PAGE = {
  cluster: 'test',
  issuer: 'https://dex.example:8443',
  clientId: 'console',
  scopes: ['openid'],
  apiServer: 'https://apiserver.example:8443',
  kubeconfigUrl: 'https://generator.example:8443/kube-config',
}

const resources = new AsyncDisposableStack()
const lines: string[] = []
let url: URL
let ca: string
beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'console-'))
  resources.defer(() => rm(directory, { recursive: true }))
  const authority = await openCertificateAuthority(directory, { commonName: 'Test' })
  const tls = await authority.issueServerCertificate({
    directory,
    name: 'console',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  })
  ca = authority.certificatePem
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const listen = { host: '127.0.0.1', port: 0 }
  const service = await startConsole(
    { listen, operations: listen, tls, page: PAGE },
    { logger: createLogger({ name: 'console', destination }), page: (await builtPage()).directory },
  )
  resources.defer(() => service.drain())
  url = new URL(service.urls['https']!)
})
afterAll(() => resources.disposeAsync())

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // `path` and not a URL, which would be normalised before it is sent.
    request({ host: url.hostname, port: url.port, path, ca, agent: false, ...options }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
      .on('error', reject)
      .end()
  })
}

/** What the browser loads before the first page is there: the entry and what it imports statically. */
async function initialScripts(): Promise<string[]> {
  const html = String((await ask('/')).body)
  return [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => path!)
}

test('the page comes at its address, and at every address inside it', async () => {
  const index = await ask('/')
  expect(index).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
  for (const path of ['/resources/core/v1/pods/demo/a.b.c', '/signed-in?code=abc', '/configuration.jsonx']) {
    expect((await ask(path)).body.equals(index.body)).toBe(true)
  }
})

test('at most 300 KB of JavaScript, compressed by gzip, come before the first page', async () => {
  const scripts = await initialScripts()
  expect(scripts.length).toBeGreaterThan(0)
  const sizes = await Promise.all(
    scripts.map(async (path) => {
      const answer = await ask(path, { headers: { 'accept-encoding': 'gzip' } })
      expect(answer.headers['content-encoding']).toBe('gzip')
      return answer.body.length
    }),
  )
  const total = sizes.reduce((sum, size) => sum + size, 0)
  expect(total).toBeGreaterThan(50_000)
  expect(total).toBeLessThanOrEqual(300 * 1024)
})

test('what the page must know of the stack is asked for, not baked in', async () => {
  const answer = await ask('/configuration.json')
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(JSON.parse(String(answer.body))).toEqual(PAGE)
  for (const path of await initialScripts())
    expect(String((await ask(path)).body)).not.toContain('.example:8443')
})

test.each(['/', '/configuration.json', '/assets/nothing.js'])('%s has the security headers', async (path) => {
  const { headers } = await ask(path)
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
  })
  const policy = String(headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self';")
  // The terminal's styles, and nothing that runs.
  expect(policy).toContain("style-src 'self' 'unsafe-inline';")
  expect(policy.replace("style-src 'self' 'unsafe-inline'", '')).not.toMatch(/unsafe|\*|http:/)
  expect(policy).toContain(
    "connect-src 'self' https://dex.example:8443 https://apiserver.example:8443 https://generator.example:8443 wss://apiserver.example:8443;",
  )
})

test('scripts may be kept for good, the page itself is asked for again and may be the same', async () => {
  const [script] = await initialScripts()
  expect((await ask(script!)).headers['cache-control']).toBe('public, max-age=31536000, immutable')
  const { etag, 'cache-control': cacheControl } = (await ask('/')).headers
  expect(cacheControl).toBe('no-cache')
  expect(await ask('/', { headers: { 'if-none-match': String(etag) } })).toMatchObject({ status: 304 })
})

test.each([
  '/assets/../../package.json',
  '/assets/%2e%2e/%2e%2e/package.json',
  '/assets/..%2f..%2fpackage.json',
  '/assets/manifest.json',
  '/manifest.json',
])('%s is no way to a file of this machine', async (path) => {
  const answer = await ask(path)
  expect(String(answer.body)).not.toContain('@gatehouse/console')
  expect(String(answer.body)).not.toContain('isEntry')
})

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])('%s is refused', async (method) => {
  expect(await ask('/', { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
})

test('HEAD answers without a body', async () => {
  const answer = await ask('/', { method: 'HEAD' })
  expect(answer).toMatchObject({ status: 200 })
  expect(answer.body.length).toBe(0)
})

test('the code that ends a login is not in the log', async () => {
  await ask('/signed-in?code=very-secret-code&state=s')
  await expect.poll(() => lines.some((line) => line.includes('"path":"/signed-in"'))).toBe(true)
  expect(lines.join('')).not.toContain('very-secret-code')
})
