import { describe, expect, test } from 'vitest'
import { requestOrigin } from '../src/http/request-origin.ts'

describe('the origin of URLs in an answer', () => {
  const issuer = new URL('https://dex.example.com/dex')
  const arrival = { encrypted: true, localAddress: '127.0.0.1', localPort: 5556 }
  test.each<[string, string | undefined, object, string]>([
    ['the issuer itself', 'dex.example.com', {}, 'https://dex.example.com'],
    ['loopback', '127.0.0.1:5556', {}, 'https://127.0.0.1:5556'],
    ['loopback by name', 'localhost:5556', {}, 'https://localhost:5556'],
    ['loopback in IPv6', '[::1]:5556', {}, 'https://[::1]:5556'],
    [
      'the address of the listener',
      '172.18.0.1:5556',
      { localAddress: '::ffff:172.18.0.1' },
      'https://172.18.0.1:5556',
    ],
    ['plain HTTP', '127.0.0.1:5556', { encrypted: false }, 'http://127.0.0.1:5556'],
    ['the default port', '127.0.0.1:443', { localPort: 443 }, 'https://127.0.0.1'],
    ['another address', '172.18.0.1:5556', {}, 'https://dex.example.com'],
    ['another port', '127.0.0.1:6666', {}, 'https://dex.example.com'],
    ['another host', 'evil.example', {}, 'https://dex.example.com'],
    ['another host with our port', 'evil.example:5556', {}, 'https://dex.example.com'],
    ['a host that begins like loopback', '127.0.0.1.evil.example:5556', {}, 'https://dex.example.com'],
    ['a user before the host', 'evil@127.0.0.1:5556', {}, 'https://dex.example.com'],
    ['a path after the port', '127.0.0.1:5556/evil', {}, 'https://dex.example.com'],
    ['a number that URL parsing mends', '2130706433:5556', {}, 'https://dex.example.com'],
    ['a Service in front of it', 'dex.gatehouse.svc:8443', {}, 'https://dex.gatehouse.svc:8443'],
    ['that Service at another port', 'dex.gatehouse.svc:5556', {}, 'https://dex.example.com'],
    ['nothing', undefined, {}, 'https://dex.example.com'],
  ])('for %s', (_, host, changes, expected) => {
    const alsoKnownAs = ['dex.gatehouse.svc:8443']
    expect(requestOrigin({ ...arrival, ...changes, host }, issuer, alsoKnownAs)).toBe(expected)
  })
})
