import { expect, test } from 'vitest'
import { configurationSchema } from '../src/configuration.ts'
import { crossOriginHeaders, preflightHeaders } from '../src/cross-origin.ts'
import { startGenerator } from './generator.ts'

const CONSOLE = 'https://console.gatehouse.localhost:8443'

test('the console may read the file, its name and why it was refused', async () => {
  const { ask, issuer } = await startGenerator({ allowedOrigins: [CONSOLE] })
  const authorization = `Bearer ${await issuer.mint({ email: 'a@b' })}`
  const good = await ask({ headers: { authorization, origin: CONSOLE } })
  const bad = await ask({ headers: { origin: CONSOLE } })
  expect([good.status, bad.status]).toEqual([200, 401])
  for (const { headers } of [good, bad]) {
    expect(headers).toMatchObject({
      'access-control-allow-origin': CONSOLE,
      'access-control-expose-headers': expect.stringContaining('Content-Disposition'),
      vary: 'Origin',
    })
    expect(headers).not.toHaveProperty('access-control-allow-credentials')
  }
})

test('a preflight of the console says what it may send', async () => {
  const { ask } = await startGenerator({ allowedOrigins: [CONSOLE] })
  const headers = {
    origin: CONSOLE,
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization',
  }
  const answer = await ask({ method: 'OPTIONS', headers })
  expect(answer).toMatchObject({
    status: 204,
    text: '',
    headers: {
      'access-control-allow-origin': CONSOLE,
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': 'Authorization',
      'access-control-max-age': '600',
      vary: 'Origin',
      allow: 'GET, HEAD, OPTIONS',
    },
  })
})

test.each([
  'https://evil.example',
  'https://console.gatehouse.localhost',
  'http://console.gatehouse.localhost:8443',
  'https://console.gatehouse.localhost:8443.evil.example',
  'https://sub.console.gatehouse.localhost:8443',
  'HTTPS://CONSOLE.GATEHOUSE.LOCALHOST:8443',
  `${CONSOLE}/`,
  `${CONSOLE}, https://evil.example`,
  'null',
  '*',
  '',
])('the origin %j may not', (origin) => {
  expect(crossOriginHeaders([CONSOLE], origin)).toEqual({ Vary: 'Origin' })
  expect(preflightHeaders([CONSOLE], origin)).toEqual({})
})

test('by default no page may, and every answer varies by origin', async () => {
  const { ask } = await startGenerator()
  const [answer, preflight] = [
    await ask({ headers: { origin: CONSOLE } }),
    await ask({ method: 'OPTIONS', headers: { origin: CONSOLE, 'access-control-request-method': 'GET' } }),
  ]
  for (const { headers } of [answer, preflight]) {
    expect(headers.vary).toBe('Origin')
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  }
})

test.each(['*', 'null', 'https://a.example/', 'https://a.example/path', 'a.example', 'https://A.example'])(
  'the setting %j is not an origin',
  (origin) => {
    const { error } = configurationSchema.safeParse({ allowedOrigins: [origin] })
    expect(error?.issues.map(({ path }) => path.join('.'))).toContain('allowedOrigins.0')
  },
)
