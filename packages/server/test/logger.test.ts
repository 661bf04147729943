import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLogger, redactText } from '../src/index.ts'

const JWT = `eyJhbGciOiJSUzI1NiJ9.${Buffer.from('{"sub":"x","email":"a@b"}').toString('base64url')}.c2lnbmF0dXJl`

function capture() {
  let text = ''
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  return {
    logger: createLogger({ name: 'proxy', level: 'debug', destination }),
    raw: () => text,
    lines: () =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  }
}

test('a line is JSON with an ISO time, the level as a word and the service', () => {
  const { logger, lines } = capture()
  logger.info({ code: 200 }, 'answered')
  expect(lines()).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      service: 'proxy',
      code: 200,
      msg: 'answered',
    },
  ])
})

test.each([
  ['authorization', { headers: { authorization: 'Basic eDp5' } }],
  ['Authorization in another case', { req: { headers: { Authorization: 'hush' } } }],
  ['proxy-authorization', { headers: { 'proxy-authorization': 'hush' } }],
  ['cookie', { headers: { cookie: 'sid=hush', 'set-cookie': ['sid=hush'] } }],
  ['token', { token: 'hush' }],
  ['id_token and idToken', { a: { b: { c: { id_token: 'hush', idToken: 'hush' } } } }],
  ['refresh_token in an array', { answers: [{ refresh_token: 'hush' }] }],
  ['password', { user: { name: 'x', password: 'hush' } }],
  ['client_secret', { clients: [{ id: 'a', client_secret: 'hush', clientSecret: 'hush' }] }],
  ['a token that is an object', { tokens: { access: 'hush' } }],
  ['private keys', { user: { 'client-key-data': 'hush', private_key: 'hush' } }],
  [
    'a field of an error',
    { err: Object.assign(new Error('x'), { config: { headers: { authorization: 'hush' } } }) },
  ],
])('the field %s is redacted', (_, fields) => {
  const { logger, raw } = capture()
  logger.info(fields, 'message')
  expect(raw()).toContain('[redacted]')
  expect(raw()).not.toMatch(/hush|eDp5/)
})

test('what is bound to a child logger is redacted', () => {
  const { logger, raw } = capture()
  logger.child({ token: 'hush' }).child({ cookie: 'hush' }).info('message')
  expect(raw()).toContain('[redacted]')
  expect(raw()).not.toContain('hush')
})

test('other fields stay as they are, and the logged object is not changed', () => {
  const { logger, lines } = capture()
  const fields = { user: 'a@b', tokenValid: true, resource: 'secrets', headers: { cookie: 'x' } }
  logger.info(fields, 'message')
  expect(lines()[0]).toMatchObject({
    user: 'a@b',
    tokenValid: true,
    resource: 'secrets',
    headers: { cookie: '[redacted]' },
  })
  expect(fields.headers.cookie).toBe('x')
})

test('a token anywhere in a line is redacted: message, path, error, stack', () => {
  const { logger, raw, lines } = capture()
  logger.info(
    { path: `/x?id_token=${JWT}&y=1`, err: new Error(`bad token ${JWT}`), list: [JWT] },
    `got ${JWT}`,
  )
  expect(raw()).not.toContain(JWT.split('.')[1])
  expect(lines()[0]).toMatchObject({
    path: '/x?id_token=[redacted]&y=1',
    msg: 'got [redacted]',
    list: ['[redacted]'],
  })
})

test('an object that contains itself is logged', () => {
  const { logger, lines } = capture()
  const loop: Record<string, unknown> = { name: 'a' }
  loop['self'] = loop
  logger.info({ loop }, 'message')
  expect(lines()[0]).toMatchObject({ loop: { name: 'a' }, msg: 'message' })
})

test('a path with line breaks forges no line', () => {
  const { logger, raw, lines } = capture()
  const path = '/x\n{"level":"info","msg":"admin logged in"}\r\n\u2028\u0085'
  logger.info({ path }, `request for ${path}`)
  expect(raw().match(/[\n\r\u2028\u0085]/g)).toHaveLength(1)
  expect(lines()[0]).toMatchObject({ path, msg: `request for ${path}` })
})

test('escape sequences for terminals are escaped', () => {
  const { logger, raw, lines } = capture()
  const path = '/\u001b[2J\u009b31m\u007f'
  logger.info({ path })
  expect(raw()).toContain(String.raw`/\u001b[2J\u009b31m\u007f`)
  expect(lines()[0]?.['path']).toBe(path)
})

test.each([
  [`token ${JWT} is bad`, 'token [redacted] is bad'],
  ['Authorization: Bearer abcdefghijklmnopqrstuvwxyz', 'Authorization: Bearer [redacted]'],
  ['/callback?code=abc&state=xyz', '/callback?code=[redacted]&state=xyz'],
  ['client_secret=s3cret&x=1', 'client_secret=[redacted]&x=1'],
  ['eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.', '[redacted]'],
  ['{ "alg" with a space: eyAiYWxnIjoibm9uZSJ9.eyJzdWIiOiJ4In0.x', '{ "alg" with a space: [redacted]'],
])('redactText(%j)', (text, expected) => {
  expect(redactText(text)).toBe(expected)
})

test.each([
  'GET /api/v1/namespaces/default/pods/web-7d4b9.example',
  'configurations-generator.gatehouse.localhost',
  'the Bearer scheme is expected',
  'https://dex.gatehouse.localhost:8443/keys',
  'exit code=1'.replace('code=', 'status '),
])('redactText leaves %j alone', (text) => {
  expect(redactText(text)).toBe(text)
})
