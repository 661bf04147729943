import { expect, test } from 'vitest'
import { addPort, listenHostOption } from '../src/commands/listen-options.ts'

test('--port names a listener and its port, as often as there are listeners', () => {
  expect(addPort('gatewayHttp=8081', addPort('gatewayHttps=9443'))).toEqual({
    gatewayHttps: 9443,
    gatewayHttp: 8081,
  })
})

test.each([
  ['gateway=8443', 'there is no listener "gateway"; there are gatewayHttps, '],
  ['toString=8443', 'there is no listener "toString"'],
  ['gatewayHttps', 'the port of gatewayHttps must be a number from 1 to 65535'],
  ['gatewayHttps=0', 'must be a number from 1 to 65535'],
  ['gatewayHttps=65536', 'must be a number from 1 to 65535'],
  ['gatewayHttps=8443x', 'must be a number from 1 to 65535'],
])('--port %s is refused', (wanted, message) => {
  expect(() => addPort(wanted)).toThrow(message)
})

test('--listen-host wants an address', () => {
  const parse = listenHostOption().parseArg!
  expect(parse('0.0.0.0', undefined)).toBe('0.0.0.0')
  expect(() => parse('localhost', undefined)).toThrow('an IP address is wanted')
})
