import { expect, test } from 'vitest'
import { lastHostOf } from './metallb.ts'

test.each([
  ['172.18.0.0/16', '172.18.255.254'],
  ['192.168.32.0/20', '192.168.47.254'],
  ['10.89.0.0/24', '10.89.0.254'],
  ['192.0.2.16/28', '192.0.2.30'],
])('the last host of %s is %s', (network, address) => {
  expect(lastHostOf(network)).toBe(address)
})
