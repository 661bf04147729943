import { expect, test } from 'vitest'
import { addressesOf } from '../src/addresses.ts'
import { configurationSchema } from '../src/configuration.ts'
import { DEFAULT_PORTS } from '../src/ports.ts'
import { dexService } from '../src/services/dex.ts'
import { stateDirectory } from '../src/state-directory.ts'

function configurationOfDex(input: object, containerGateway?: string): unknown {
  const { identity } = configurationSchema.parse(input)
  const place = { name: 'default', domain: 'gatehouse.localhost', ports: DEFAULT_PORTS, containerGateway }
  return dexService({
    addresses: addressesOf(place),
    ports: DEFAULT_PORTS,
    state: stateDirectory('/state', 'default'),
    certificate: { certificateFile: '/crt', keyFile: '/key' },
    people: [],
    identity,
  }).configuration
}

test("dex's test powers are off unless gatehouse.yaml says so", () => {
  expect(configurationOfDex({})).toHaveProperty('gatehouse', {})
  expect(configurationOfDex({ identity: { testPowers: false } })).toHaveProperty('gatehouse', {})
})

test("dex's test powers listen on loopback, with a secret in the state directory", () => {
  expect(configurationOfDex({ identity: { testPowers: true } })).toHaveProperty('gatehouse.testPowers', {
    listen: { host: '127.0.0.1', port: 5557 },
    secretFile: '/state/default/dex-test-powers.secret',
  })
})

test('dex listens on loopback alone, unless the cluster is in containers', () => {
  expect(configurationOfDex({})).not.toHaveProperty('gatehouse.alsoHttps')
  expect(configurationOfDex({}, '172.18.0.1')).toHaveProperty('gatehouse.alsoHttps', ['172.18.0.1:5556'])
})
