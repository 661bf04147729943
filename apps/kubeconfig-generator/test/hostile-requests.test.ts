import { connect } from 'node:tls'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { startGenerator } from './generator.ts'

const ADMIN = { email: 'admin@kyma.cx', email_verified: true }

test('a token larger than any header ends its own request alone', async () => {
  const { ask, askAs } = await startGenerator()
  const authorization = `Bearer ${'a'.repeat(64 * 1024)}`
  // The answer may be lost with the connection, which ends while the client still sends.
  const outcome = ask({ headers: { authorization } }).then(
    ({ status }) => status,
    (error: NodeJS.ErrnoException) => error.code,
  )
  expect([431, 'ECONNRESET', 'EPIPE']).toContain(await outcome)
  expect((await askAs(ADMIN)).status).toBe(200)
})

test('hundreds of long groups are nobody’s in particular, and none of them is in the file', async () => {
  const { askAs, log } = await startGenerator()
  const groups = Array.from({ length: 300 }, (_, index) => `team-${index}-${'x'.repeat(40)}`)
  const answer = await askAs({ ...ADMIN, groups })
  expect(answer.status).toBe(200)
  const [, claims] = /token: "?(\S+?)"?$/m.exec(answer.text)![1]!.split('.')
  expect(JSON.parse(Buffer.from(claims!, 'base64url').toString())).toMatchObject({ groups })
  expect(answer.text.length).toBeLessThan(32 * 1024)
  expect(log()).not.toContain('team-299')
})

test.each([
  ['a token in the cookie', { cookie: 'access_token=TOKEN; Authorization=Bearer TOKEN' }],
  [
    'a token in another header',
    { 'x-forwarded-access-token': 'TOKEN', 'proxy-authorization': 'Bearer TOKEN' },
  ],
  ['a user in a header', { 'x-forwarded-user': 'admin@kyma.cx', 'x-remote-user': 'admin@kyma.cx' }],
  ['another method in a header', { 'x-http-method-override': 'OPTIONS' }],
  ['another path in a header', { 'x-original-url': '/metrics', 'x-rewrite-url': '/metrics' }],
])('%s is no credential and no way around', async (_, headers) => {
  const { ask, issuer } = await startGenerator()
  const token = await issuer.mint(ADMIN)
  const sent = Object.entries(headers).map(([name, value]) => [name, value.replaceAll('TOKEN', token)])
  expect((await ask({ headers: Object.fromEntries(sent) as Record<string, string> })).status).toBe(401)
})

test('a second request behind the body of a GET is not taken for one', async () => {
  const { urls, issuer, ca } = await startGenerator()
  const { hostname, port } = new URL(urls.https)
  const socket = connect({ host: hostname, port: Number(port), ca: ca.certificatePem })
  const head = (line: string, ...headers: string[]) =>
    [line, `Host: ${hostname}`, ...headers, '', ''].join('\r\n')
  const inner = head('GET /kube-config HTTP/1.1', `Authorization: Bearer ${await issuer.mint(ADMIN)}`)
  socket.write(
    head('GET /kube-config HTTP/1.1', `Content-Length: ${inner.length}`, 'Connection: close') + inner,
  )
  const answered = await text(socket)
  expect(answered.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 401'])
})
