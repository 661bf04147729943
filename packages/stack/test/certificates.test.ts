import { expect, test } from 'vitest'
import { permittedNames } from '../src/certificates.ts'

const LOOPBACK = ['127.0.0.0/8', '::1/128']

test.each([
  ['gatehouse.localhost', undefined, ['localhost'], []],
  ['localhost', undefined, ['localhost'], []],
  ['gatehouse.example', undefined, ['localhost', 'gatehouse.example'], []],
  ['gatehouse.localhost', '172.18.0.1', ['localhost'], ['172.16.0.0/12']],
  ['gatehouse.localhost', '192.168.32.1', ['localhost'], ['192.168.0.0/16']],
  ['gatehouse.localhost', '10.1.2.1', ['localhost'], ['10.0.0.0/8']],
  ['gatehouse.localhost', '203.0.113.1', ['localhost'], ['203.0.113.1/32']],
  ['gatehouse.localhost', 'fd00::1', ['localhost'], ['fd00::1/128']],
])(
  'with the domain %s and the gateway %s the authority may sign for %j',
  (domain, gateway, dnsNames, more) => {
    expect(permittedNames(domain, gateway)).toEqual({ dnsNames, ipRanges: [...LOOPBACK, ...more] })
  },
)
