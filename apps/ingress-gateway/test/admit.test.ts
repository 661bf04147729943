import { describe, expect, test } from 'vitest'
import { admit, admitUpgrade, type RequestHead } from '../src/admit.ts'
import type { Routes } from '../src/routes.ts'

const tls = { certificateFile: 'x', keyFile: 'x' }
const routes: Routes = new Map([
  [
    'dex.test',
    {
      kind: 'upstream',
      host: 'dex.test',
      tls,
      upstream: { service: 'dex', url: 'https://u' },
      websocket: false,
      contentSecurityPolicy: undefined,
    },
  ],
  [
    'ui.test',
    {
      kind: 'upstream',
      host: 'ui.test',
      tls,
      upstream: { service: 'ui', url: 'https://u' },
      websocket: true,
      contentSecurityPolicy: undefined,
    },
  ],
  [
    'api.test',
    {
      kind: 'passthrough',
      host: 'api.test',
      passthrough: {
        service: 'proxy',
        endpoints: [{ host: 'h', port: 1 }],
        healthCheck: { intervalSeconds: 1, timeoutSeconds: 1 },
      },
    },
  ],
])

const limits = { bodyBytes: 1000, headerBytes: 2000 }

function head(over: Partial<RequestHead> = {}): RequestHead {
  return {
    method: 'GET',
    target: '/',
    httpVersion: '1.1',
    rawHeaders: ['Host', 'dex.test'],
    serverName: 'dex.test',
    ...over,
  }
}
const codeOf = (admission: ReturnType<typeof admit>) =>
  'refusal' in admission ? admission.refusal.code : 200

describe('a request', () => {
  test.each<[string, Partial<RequestHead>, number]>([
    ['for a served host', {}, 200],
    ['with a port and capitals in Host', { rawHeaders: ['HOST', 'Dex.Test:8443'] }, 200],
    ['with dots, encodings and double slashes in its path', { target: '/a/../b//c%2f?x=/../%00|{}^"' }, 200],
    ['for no host', { rawHeaders: [] }, 400],
    [
      'with a body as long as it may be',
      { method: 'POST', rawHeaders: ['Host', 'dex.test', 'Content-Length', '1000'] },
      200,
    ],
    [
      'with a longer one',
      { method: 'POST', rawHeaders: ['Host', 'dex.test', 'Content-Length', '1001'] },
      413,
    ],
    ['with headers that are too long', { rawHeaders: ['Host', 'dex.test', 'X-A', 'a'.repeat(2000)] }, 431],
    ['for two hosts', { rawHeaders: ['Host', 'dex.test', 'host', 'dex.test'] }, 400],
    ['for a host that is not served', { rawHeaders: ['Host', 'evil.test'] }, 404],
    ['for a name that only ends like a served one', { rawHeaders: ['Host', 'xdex.test'] }, 404],
    ['for a served name with a dot at its end', { rawHeaders: ['Host', 'dex.test.'] }, 400],
    ['for a served host over a connection for another', { serverName: 'ui.test' }, 421],
    ['over a connection without a server name', { serverName: undefined }, 421],
    ['for a passthrough host', { rawHeaders: ['Host', 'api.test'], serverName: 'api.test' }, 421],
    ['with user info in Host', { rawHeaders: ['Host', 'dex.test@evil.test'] }, 400],
    ['with a path in Host', { rawHeaders: ['Host', 'dex.test/x'] }, 400],
    ['with an impossible port in Host', { rawHeaders: ['Host', 'dex.test:99999'] }, 400],
    ['in absolute form', { target: 'https://evil.test/' }, 400],
    ['in asterisk form', { method: 'OPTIONS', target: '*' }, 400],
    ['in authority form', { method: 'CONNECT', target: 'evil.test:443' }, 400],
    ['with a backslash', { target: '/\\evil' }, 400],
    ['with a fragment', { target: '/a#b' }, 400],
    ['with a raw non-ASCII byte', { target: '/\xe9' }, 400],
    ['with a space', { target: '/a b' }, 400],
    ['with method TRACE', { method: 'TRACE' }, 405],
    ['with method CONNECT and a path', { method: 'CONNECT' }, 405],
    ['with a method of its own', { method: 'PROPFIND' }, 405],
    [
      'with two Authorization headers',
      { rawHeaders: ['Host', 'dex.test', 'Authorization', 'a', 'authorization', 'b'] },
      400,
    ],
    [
      'with two Content-Lengths',
      { rawHeaders: ['Host', 'dex.test', 'Content-Length', '1', 'Content-Length', '1'] },
      400,
    ],
    [
      'with both lengths',
      { rawHeaders: ['Host', 'dex.test', 'Content-Length', '1', 'Transfer-Encoding', 'chunked'] },
      400,
    ],
    [
      'with another transfer encoding',
      { rawHeaders: ['Host', 'dex.test', 'Transfer-Encoding', 'gzip, chunked'] },
      400,
    ],
    [
      'chunked in HTTP/1.0',
      { httpVersion: '1.0', rawHeaders: ['Host', 'dex.test', 'Transfer-Encoding', 'chunked'] },
      400,
    ],
    [
      'chunked with POST',
      { method: 'POST', rawHeaders: ['Host', 'dex.test', 'Transfer-Encoding', 'chunked'] },
      200,
    ],
    [
      'chunked with DELETE',
      { method: 'DELETE', rawHeaders: ['Host', 'dex.test', 'Transfer-Encoding', 'chunked'] },
      411,
    ],
    [
      'chunked with OPTIONS',
      { method: 'OPTIONS', rawHeaders: ['Host', 'dex.test', 'Transfer-Encoding', 'chunked'] },
      411,
    ],
    ['whose Connection names Host', { rawHeaders: ['Host', 'dex.test', 'Connection', 'close, Host'] }, 400],
    [
      'whose Connection names Content-Length',
      { rawHeaders: ['Host', 'dex.test', 'Connection', 'content-length'] },
      400,
    ],
    [
      'whose Connection names Authorization',
      { rawHeaders: ['Host', 'dex.test', 'Connection', 'x', 'Connection', ' authorization '] },
      400,
    ],
  ])('%s', (_, over, code) => {
    expect(codeOf(admit(head(over), routes, limits))).toBe(code)
  })
})

describe('an upgrade', () => {
  const upgrade = (headers: string[] = [], over: Partial<RequestHead> = {}) =>
    head({
      rawHeaders: ['Host', 'ui.test:8443', 'Connection', 'Upgrade', 'Upgrade', 'websocket', ...headers],
      serverName: 'ui.test',
      ...over,
    })
  test.each<[string, RequestHead, number]>([
    ['to WebSocket where the host allows it', upgrade(), 200],
    ['from the own origin', upgrade(['Origin', 'https://ui.test:8443']), 200],
    ['from another origin', upgrade(['Origin', 'https://evil.test']), 403],
    ['from the same host on another port', upgrade(['Origin', 'https://ui.test:9']), 403],
    ['from the same host over http', upgrade(['Origin', 'http://ui.test:8443']), 403],
    ['from an opaque origin', upgrade(['Origin', 'null']), 403],
    ['with two origins', upgrade(['Origin', 'https://ui.test:8443', 'Origin', 'https://evil.test']), 400],
    ['with a body', upgrade(['Content-Length', '5']), 400],
    ['with a chunked body', upgrade(['Transfer-Encoding', 'chunked']), 400],
    ['by POST', upgrade([], { method: 'POST' }), 403],
    ['in HTTP/1.0', upgrade([], { httpVersion: '1.0' }), 403],
    ['to h2c', head({ rawHeaders: ['Host', 'ui.test', 'Upgrade', 'h2c'], serverName: 'ui.test' }), 403],
    ['to SPDY', head({ rawHeaders: ['Host', 'ui.test', 'Upgrade', 'SPDY/3.1'], serverName: 'ui.test' }), 403],
    [
      'to two protocols',
      head({ rawHeaders: ['Host', 'ui.test', 'Upgrade', 'websocket, h2c'], serverName: 'ui.test' }),
      403,
    ],
    [
      'where the host does not allow it',
      head({ rawHeaders: ['Host', 'dex.test', 'Upgrade', 'websocket'] }),
      403,
    ],
    ['over a connection for another host', upgrade([], { serverName: 'dex.test' }), 421],
  ])('%s', (_, request, code) => {
    expect(codeOf(admitUpgrade(request, routes, limits))).toBe(code)
  })
})
