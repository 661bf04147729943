import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ProxyFixture, startProxyFixture } from './fixtures/proxy.ts'

let fixture: ProxyFixture
beforeAll(async () => {
  fixture = await startProxyFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => {
  fixture.upstream.received.length = 0
})

/** Sends a request with these header lines and a good token. */
async function withHeaders(lines: readonly string[], connection = 'close') {
  const text = lines.map((line) => `${line}\n`).join('')
  const [answer] = await fixture.send(
    `GET /api/v1/pods HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n${text}Connection: ${connection}\n\n`,
  )
  return { answer, forwarded: fixture.upstream.received.at(-1) }
}

describe('impersonation', () => {
  test.each([
    ['Impersonate-User: system:admin'],
    ['Impersonate-Group: system:masters'],
    ['Impersonate-Uid: 0'],
    ['Impersonate-Extra-Scopes: all'],
    ['impersonate-group: system:masters'],
    ['IMPERSONATE-GROUP: system:masters'],
    ['iMpErSoNaTe-ExTrA-x: y'],
    ['Impersonate-Anything-New: x'],
    ['Impersonate_Group: system:masters'],
  ])('a client’s own %s is refused', async (line) => {
    const { answer } = await withHeaders([line])
    expect(answer?.status).toBe(403)
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ kind: 'Status', reason: 'Forbidden' })
    expect(fixture.upstream.received).toEqual([])
  })

  test('a hundred of them are refused like one', async () => {
    const lines = Array.from({ length: 90 }, (_, n) => `Impersonate-Group: group-${n}`)
    expect((await withHeaders(lines)).answer?.status).toBe(403)
    expect(fixture.upstream.received).toEqual([])
  })

  test.each([
    'Impersonate-User',
    'Impersonate-Group, Impersonate-User, Impersonate-Uid',
    'impersonate-user, Audit-ID, Host, Authorization, X-Forwarded-For, Content-Length',
  ])(
    'CVE-2021-31999, CVE-2022-23652: "Connection: close, %s" removes none of the proxy’s own headers',
    async (names) => {
      const { answer, forwarded } = await withHeaders([], `close, ${names}`)
      expect(answer?.status).toBe(200)
      expect(forwarded?.all('impersonate-user')).toEqual(['alice@kyma.cx'])
      expect(forwarded?.all('impersonate-group')).toEqual(['developers', 'system:authenticated'])
      expect(forwarded?.all('authorization')).toEqual(['Bearer proxy-own-token'])
      expect(forwarded?.all('x-forwarded-for')).toEqual(['127.0.0.1'])
      expect(forwarded?.all('audit-id')).toHaveLength(1)
      expect(forwarded?.all('connection')).toEqual([])
    },
  )
})

describe('identity and forwarding headers that only a proxy may set', () => {
  test.each([
    'X-Remote-User: system:admin',
    'x-remote-group: system:masters',
    'X-REMOTE-EXTRA-scopes: all',
    'X-Remote-Uid: 0',
    'X-Forwarded-For: 10.0.0.1',
    'x-forwarded-proto: http',
    'X-Forwarded-Host: evil.example',
    'X-Forwarded-Anything: x',
    'Forwarded: for=10.0.0.1',
    'X-Real-Ip: 10.0.0.1',
    'Via: 1.1 evil',
    'Proxy-Authorization: Basic eDp5',
    'Proxy-Connection: keep-alive',
    'TE: trailers',
    'Trailer: X-Remote-User',
    'Keep-Alive: timeout=1',
    'X-HTTP-Method-Override: DELETE',
    'X-Original-URL: /api/v1/secrets',
  ])('"%s" of the client is not forwarded', async (line) => {
    const name = line.slice(0, line.indexOf(':'))
    const value = line.slice(line.indexOf(':') + 2)
    const { answer, forwarded } = await withHeaders([line])
    expect(answer?.status).toBe(200)
    expect(forwarded?.all(name)).not.toContain(value)
  })

  test('header advisories of traefik (CVE-2026-39858, GHSA-m697-4v8f-55qg): other spellings of a protected header are not forwarded', async () => {
    const { forwarded } = await withHeaders([
      'x_remote_user: system:admin',
      'X_Forwarded_For: 10.0.0.1',
      'X-Remote_Group: system:masters',
      'x-FORWARDED-for: 10.0.0.2',
      'Audit_ID: forged',
    ])
    const names = forwarded?.headers.map(([name]) => name.toLowerCase().replaceAll('_', '-')) ?? []
    expect(names.filter((name) => name.startsWith('x-remote-'))).toEqual([])
    expect(names.filter((name) => name === 'x-forwarded-for')).toHaveLength(1)
    expect(names.filter((name) => name === 'audit-id')).toHaveLength(1)
  })

  test('what Connection names does not go on', async () => {
    const { forwarded } = await withHeaders(['X-Secret-Hop: 1', 'X-Kept: 2'], 'close, x-secret-hop')
    expect(forwarded?.all('x-secret-hop')).toEqual([])
    expect(forwarded?.all('x-kept')).toEqual(['2'])
  })
})

describe('authentication', () => {
  test.each([
    ['no header', []],
    ['an empty header', ['Authorization:']],
    ['another scheme', ['Authorization: Basic eDp5']],
    ['a scheme without token', ['Authorization: Bearer']],
    ['two tokens in one header', ['Authorization: Bearer a b']],
    ['a foreign token', ['Authorization: Bearer eyJhbGciOiJub25lIn0.e30.']],
  ])('%s is 401 with a Status', async (_what, lines) => {
    const text = lines.map((line) => `${line}\n`).join('')
    const [answer] = await fixture.send(`GET /api/v1/pods HTTP/1.1\nHost: x\n${text}Connection: close\n\n`)
    expect(answer?.status).toBe(401)
    expect(answer?.head).toMatch(/www-authenticate: bearer/i)
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({
      kind: 'Status',
      reason: 'Unauthorized',
      code: 401,
    })
    expect(fixture.upstream.received).toEqual([])
  })

  test('two Authorization headers are refused, even if one is good', async () => {
    for (const first of ['Authorization: Bearer x', 'authorization: Bearer {token}']) {
      const { answer } = await withHeaders([first])
      expect(answer?.status).toBe(400)
    }
    expect(fixture.upstream.received).toEqual([])
  })

  test.each(['access_token', 'id_token', 'token'])('a token in the query (%s) is 401', async (name) => {
    const [answer] = await fixture.send(
      `GET /api/v1/pods?${name}={token} HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\nConnection: close\n\n`,
    )
    expect(answer?.status).toBe(401)
  })

  test('each request on a connection is authenticated by its own token', async () => {
    const alice = await fixture.token()
    const bob = await fixture.token({ email: 'bob@kyma.cx', groups: [] })
    const get = (token: string, last = '') =>
      `GET /version HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${last}\r\n`
    const answers = await fixture.sendBytes(
      get(alice) + get(alice) + get(bob) + get('nonsense') + get(alice, 'Connection: close\r\n'),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 401, 200])
    const users = fixture.upstream.received.map((request) => request.all('impersonate-user')[0])
    expect(users.filter((user) => user === 'alice@kyma.cx')).toHaveLength(3)
    expect(users.filter((user) => user === 'bob@kyma.cx')).toHaveLength(1)
  })

  test('a token that expires is refused on the connection that knew it', async () => {
    const token = await fixture.token({ exp: Math.floor(Date.now() / 1000) + 2 })
    const ask = async () => {
      const [answer] = await fixture.sendBytes(
        `GET /version HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
      )
      return answer?.status
    }
    expect(await ask()).toBe(200)
    await expect.poll(ask).toBe(401)
  })
})
