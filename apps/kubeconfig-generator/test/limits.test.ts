import { expect, test } from 'vitest'
import { startGenerator } from './generator.ts'

const slow = (limits: Record<string, number>) => ({ limits })

test('one user gets so many files in a minute, and no other user pays for it', async () => {
  const { askAs } = await startGenerator(slow({ filesPerMinute: 2 }))
  const greedy = { email: 'greedy@kyma.cx' }
  expect((await askAs(greedy)).status).toBe(200)
  expect((await askAs({ ...greedy, jti: 'another token' })).status).toBe(200)
  const refused = await askAs({ ...greedy, jti: 'and another' })
  expect(refused.status).toBe(429)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(30)
  expect(JSON.parse(refused.text)).toMatchObject({
    kind: 'Status',
    reason: 'TooManyRequests',
    details: { retryAfterSeconds: Number(refused.headers['retry-after']) },
  })
  expect((await askAs({ email: 'patient@kyma.cx' })).status).toBe(200)
})

test('whoever guesses tokens is no longer listened to, but known tokens go on working', async () => {
  const { ask, issuer } = await startGenerator(slow({ failuresPerMinute: 3 }))
  const good = { authorization: `Bearer ${await issuer.mint({ email: 'a@b' })}` }
  expect((await ask({ headers: good })).status).toBe(200)
  const guess = async () =>
    ask({ headers: { authorization: `Bearer ${await issuer.mint({ email: 'a@b' }, { foreignKey: true })}` } })
  const codes = []
  for (let count = 0; count < 5; count++) codes.push((await guess()).status)
  expect(codes).toEqual([401, 401, 401, 429, 429])
  expect((await ask({ headers: good })).status).toBe(200)
})

test('behind a trusted proxy each client is counted for itself, and nobody can say to be another', async () => {
  const { ask } = await startGenerator({ ...slow({ failuresPerMinute: 1 }), trustedProxies: ['127.0.0.1'] })
  const from = async (address: string) =>
    (await ask({ headers: { authorization: 'Bearer a.b.c', 'x-forwarded-for': address } })).status
  expect([await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.2')]).toEqual([401, 429, 401])
  // What the client wrote itself stands left of what the proxy appended.
  expect(await from('198.51.100.9, 192.0.2.1')).toBe(429)
  expect([await from('2001:db8::1'), await from('2001:db8::ffff')]).toEqual([401, 429])
})

test('without trusted proxies the header means nothing', async () => {
  const { ask } = await startGenerator(slow({ failuresPerMinute: 1 }))
  const from = async (address: string) =>
    (await ask({ headers: { authorization: 'Bearer a.b.c', 'x-forwarded-for': address } })).status
  expect([await from('192.0.2.1'), await from('192.0.2.2')]).toEqual([401, 429])
})

test('an issuer that is down is nobody’s failure', async () => {
  const { ask, issuer } = await startGenerator(({ issuer: down }) => ({
    ...slow({ failuresPerMinute: 1 }),
    issuers: [{ ...down.settings, discoveryURL: 'https://127.0.0.1:1/.well-known/openid-configuration' }],
  }))
  const headers = { authorization: `Bearer ${await issuer.mint({ email: 'a@b' })}` }
  expect([(await ask({ headers })).status, (await ask({ headers })).status]).toEqual([503, 503])
})
