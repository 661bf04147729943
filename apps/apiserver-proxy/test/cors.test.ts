import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ProxyFixture, startProxyFixture } from './fixtures/proxy.ts'
import { respond } from './fixtures/upstream.ts'

const console = 'https://console.gatehouse.localhost:8443'

let fixture: ProxyFixture
beforeAll(async () => {
  fixture = await startProxyFixture({ cors: { allowedOrigins: [console] } })
  fixture.upstream.answer = ({ socket }) =>
    respond(socket, 200, '{}', ['Access-Control-Allow-Origin: *', 'Vary: Accept'])
})
afterAll(() => fixture[Symbol.asyncDispose]())

async function ask(origin: string, method = 'GET', more = '') {
  const [answer] = await fixture.send(
    `${method} /api/v1/pods HTTP/1.1\nHost: x\nOrigin: ${origin}\nAuthorization: Bearer {token}\n${more}Connection: close\n\n`,
  )
  const allowed = [...answer!.head.matchAll(/^access-control-allow-origin: (.*?)\r?$/gim)].map(
    ([, value]) => value,
  )
  return { answer: answer!, allowed }
}

test('CORS reflection: the console’s origin is allowed once, whatever upstream says', async () => {
  const { answer, allowed } = await ask(console)
  expect(answer.status).toBe(200)
  expect(allowed).toEqual([console])
  expect(answer.head).toMatch(/^vary: origin/im)
})

test.each([
  'https://evil.example',
  'null',
  `${console}.evil.example`,
  'https://console.gatehouse.localhost',
  'http://console.gatehouse.localhost:8443',
  'https://CONSOLE.gatehouse.localhost:8443',
])('CORS reflection: the origin %s is not allowed', async (origin) => {
  const { answer, allowed } = await ask(origin)
  expect(allowed).toEqual([])
  expect(answer.head).toMatch(/^vary: origin/im)
})

test('a preflight of the console is answered without a token, for every verb', async () => {
  const request = `OPTIONS /api/v1/pods HTTP/1.1\nHost: x\nOrigin: ${console}\nAccess-Control-Request-Method: PATCH\nAccess-Control-Request-Headers: x-evil\nConnection: close\n\n`
  const [answer] = await fixture.send(request)
  expect(answer?.status).toBe(204)
  for (const verb of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    expect(answer?.head).toMatch(new RegExp(`^access-control-allow-methods: .*\\b${verb}\\b`, 'im'))
  }
  expect(answer?.head).not.toContain('x-evil')
  const [evil] = await fixture.send(request.replace(console, 'https://evil.example'))
  expect(evil?.status).toBe(401)
  expect(evil?.head).not.toMatch(/access-control-allow-origin/i)
})

test('a refusal can be read by the console, too', async () => {
  const [answer] = await fixture.send(`GET /api HTTP/1.1\nHost: x\nOrigin: ${console}\nConnection: close\n\n`)
  expect(answer?.status).toBe(401)
  expect(answer?.head).toContain(`Access-Control-Allow-Origin: ${console}`)
})
