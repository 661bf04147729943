import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openClient } from './fixtures/client.ts'
import { type ProxyFixture, startProxyFixture } from './fixtures/proxy.ts'
import { startSurroundings, type Surroundings } from './fixtures/surroundings.ts'

let own: Surroundings
let partner: Surroundings
let fixture: ProxyFixture
beforeAll(async () => {
  ;[own, partner] = await Promise.all([startSurroundings(), startSurroundings()])
  fixture = await startProxyFixture({
    issuers: [
      own.issuer.settings,
      { ...partner.issuer.settings, usernamePrefix: 'partner:', groupsPrefix: 'partner:' },
    ],
  })
})
beforeEach(() => {
  fixture.upstream.received.length = 0
})
afterAll(async () => {
  for (const one of [fixture, own, partner]) await one?.[Symbol.asyncDispose]()
})

/** As whom the API server got a request with this token, or the refusal's status. */
async function userOf(token: string): Promise<string[] | string> {
  const { socket, received } = await openClient(
    { ...fixture, token: async () => token },
    'GET /version HTTP/1.1\r\nHost: x\r\n{auth}\r\n',
  )
  await expect.poll(() => received.text).toMatch(/^HTTP\/1.1 \d+/)
  socket.destroy()
  const request = fixture.upstream.received.at(-1)
  if (request === undefined) return received.text.split(' ')[1]!
  return [...request.all('impersonate-user'), ...request.all('impersonate-group')]
}

test('each of several issuers has its own users, also where their names are the same', async () => {
  expect(await userOf(await own.token())).toEqual(['alice@kyma.cx', 'developers', 'system:authenticated'])
  expect(await userOf(await partner.token())).toEqual([
    'partner:alice@kyma.cx',
    'partner:developers',
    'system:authenticated',
  ])
})

test('token confusion: what one issuer signed in the name of another is refused', async () => {
  expect(await userOf(await partner.token({ iss: own.issuer.url }))).toBe('401')
  expect(await userOf(await own.token({ iss: partner.issuer.url }))).toBe('401')
})
