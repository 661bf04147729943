import { expect, test } from 'vitest'
import { addressesOf } from '../src/addresses.ts'
import { configurationSchema } from '../src/configuration.ts'
import { DEFAULT_PORTS } from '../src/ports.ts'
import { dexService } from '../src/services/dex.ts'
import { stateDirectory } from '../src/state-directory.ts'

function configurationOfDex(input: object): unknown {
  const { identity } = configurationSchema.parse(input)
  return dexService({
    addresses: addressesOf({ name: 'default', domain: 'gatehouse.localhost', ports: DEFAULT_PORTS }),
    ports: DEFAULT_PORTS,
    state: stateDirectory('/state', 'default'),
    certificate: { certificateFile: '/crt', keyFile: '/key' },
    people: [],
    identity,
  }).configuration
}

test("dex's test powers are off unless gatehouse.yaml says so", () => {
  expect(configurationOfDex({})).not.toHaveProperty('gatehouse')
  expect(configurationOfDex({ identity: { testPowers: false } })).not.toHaveProperty('gatehouse')
})

test("dex's test powers listen on loopback, with a secret in the state directory", () => {
  expect(configurationOfDex({ identity: { testPowers: true } })).toHaveProperty('gatehouse.testPowers', {
    listen: { host: '127.0.0.1', port: 5557 },
    secretFile: '/state/default/dex-test-powers.secret',
  })
})
