import { describe, expect, test } from 'vitest'
import { clientAddress } from '../src/client-address.ts'

describe('the address of a client', () => {
  const settings = { header: 'X-Forwarded-For', trustedProxies: ['127.0.0.1', '10.0.0.0/8', '::1'] }
  const of = clientAddress(settings)
  test.each<[string, string, string | undefined, string]>([
    ['is the connection’s', '192.0.2.1', undefined, '192.0.2.1'],
    ['is not what a stranger says', '192.0.2.1', '198.51.100.1', '192.0.2.1'],
    ['is what a proxy says', '127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['is the last before the proxies', '127.0.0.1', '203.0.113.9, 198.51.100.1, 10.1.2.3', '198.51.100.1'],
    ['is the proxy’s, when that says nothing', '127.0.0.1', undefined, '127.0.0.1'],
    ['is the proxy’s, when that says nonsense', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['is not what stands before nonsense', '127.0.0.1', '198.51.100.1, x', '127.0.0.1'],
    ['is the first where all are proxies', '127.0.0.1', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['is plain IPv4 also on an IPv6 socket', '::ffff:127.0.0.1', '198.51.100.1', '198.51.100.1'],
  ])('%s', (_, remote, header, expected) => {
    expect(of(remote, header === undefined ? {} : { 'x-forwarded-for': header })).toBe(expected)
  })

  test('is the connection’s where nothing is configured', () => {
    expect(clientAddress(undefined)('127.0.0.1', { 'x-forwarded-for': '198.51.100.1' })).toBe('127.0.0.1')
  })
})
