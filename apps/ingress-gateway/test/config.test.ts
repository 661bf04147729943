import { expect, test } from 'vitest'
import { configSchema } from '../src/config.ts'

const tls = { certificateFile: 'a.crt', keyFile: 'a.key' }
const upstream = { service: 'dex', url: 'https://127.0.0.1:5556' }
const good = { host: 'dex.test', tls, upstream }
const parse = (hosts: object[], rest: object = {}) =>
  configSchema.safeParse({ listen: { port: 0 }, operations: { port: 0 }, hosts, ...rest })

test('the least that is needed is enough', () => {
  expect(parse([good]).data).toMatchObject({
    listen: { host: '127.0.0.1' },
    hosts: [{ host: 'dex.test', websocket: false }],
    limits: { connections: 2048, drainSeconds: 10 },
  })
})

test.each<[string, object[], object, string]>([
  ['no hosts', [], {}, 'hosts'],
  ['a wildcard', [{ ...good, host: '*.test' }], {}, 'hosts/0/host'],
  ['a host with a port', [{ ...good, host: 'dex.test:8443' }], {}, 'hosts/0/host'],
  ['a host twice, in other letters', [good, { ...good, host: 'DEX.test' }], {}, 'hosts/1/host'],
  ['a host without a purpose', [{ host: 'dex.test', tls }], {}, 'hosts/0/host'],
  ['a host with two purposes', [{ ...good, passthrough: { service: 'x', port: 1 } }], {}, 'hosts/0/host'],
  ['an upstream without a certificate of its own', [good, { host: 'b.test', upstream }], {}, 'hosts/1/tls'],
  [
    'a passthrough with a certificate',
    [good, { host: 'b.test', tls, passthrough: { service: 'x', port: 1 } }],
    {},
    'hosts/1/tls',
  ],
  [
    'a passthrough to nobody',
    [good, { host: 'b.test', passthrough: { service: 'x' } }],
    {},
    'hosts/1/passthrough/port',
  ],
  [
    'a passthrough to one and to several',
    [good, { host: 'b.test', passthrough: { service: 'x', port: 1, endpoints: [{ port: 2 }] } }],
    {},
    'hosts/1/passthrough/port',
  ],
  ['only passthrough hosts', [{ host: 'b.test', passthrough: { service: 'x', port: 1 } }], {}, 'hosts'],
  [
    'http beyond loopback',
    [{ ...good, upstream: { service: 'x', url: 'http://10.0.0.1' } }],
    {},
    'hosts/0/upstream/url',
  ],
  [
    'another scheme',
    [{ ...good, upstream: { service: 'x', url: 'ftp://127.0.0.1' } }],
    {},
    'hosts/0/upstream/url',
  ],
  [
    'an upstream with a path',
    [{ ...good, upstream: { service: 'x', url: 'https://127.0.0.1/x' } }],
    {},
    'hosts/0/upstream/url',
  ],
  [
    'an upstream with credentials',
    [{ ...good, upstream: { service: 'x', url: 'https://a:b@127.0.0.1' } }],
    {},
    'hosts/0/upstream/url',
  ],
  [
    'a CA for http',
    [{ ...good, upstream: { service: 'x', url: 'http://127.0.0.1', certificateAuthorityFile: 'x' } }],
    {},
    'hosts/0/upstream/certificateAuthorityFile',
  ],
  [
    'WebSockets to a passthrough',
    [good, { host: 'b.test', websocket: true, passthrough: { service: 'x', port: 1 } }],
    {},
    'hosts/1/websocket',
  ],
  [
    'a policy that lets scripts be written into pages',
    [{ ...good, contentSecurityPolicy: "default-src 'self'; script-src 'self' 'unsafe-inline'" }],
    {},
    'hosts/0/contentSecurityPolicy',
  ],
  [
    'the same by default-src',
    [{ ...good, contentSecurityPolicy: "default-src 'self' 'UNSAFE-EVAL'" }],
    {},
    'hosts/0/contentSecurityPolicy',
  ],
  [
    'a policy that says nothing about scripts',
    [{ ...good, contentSecurityPolicy: "frame-ancestors 'none'" }],
    {},
    'hosts/0/contentSecurityPolicy',
  ],
  [
    'a policy on two lines',
    [{ ...good, contentSecurityPolicy: "default-src 'self'\r\nSet-Cookie: a=1" }],
    {},
    'hosts/0/contentSecurityPolicy',
  ],
  [
    'a policy for a passthrough',
    [
      good,
      { host: 'b.test', contentSecurityPolicy: "default-src 'self'", passthrough: { service: 'x', port: 1 } },
    ],
    {},
    'hosts/1/contentSecurityPolicy',
  ],
  ['a default host that is not there', [good], { defaultHost: 'b.test' }, 'defaultHost'],
  ['an unknown setting', [good], { listne: 1 }, ''],
  ['a limit of nothing', [good], { limits: { connections: 0 } }, 'limits/connections'],
])('%s is a problem at its path', (_, hosts, rest, path) => {
  const { error } = parse(hosts, rest)
  expect(error?.issues.map((issue) => issue.path.join('/'))).toContain(path)
})
