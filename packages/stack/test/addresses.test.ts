import { expect, test } from 'vitest'
import { addressesOf } from '../src/addresses.ts'
import { DEFAULT_PORTS } from '../src/ports.ts'

const ports = { ...DEFAULT_PORTS, dex: 5000 }

test('the default stack has the short host names, a named one its name in them', () => {
  const of = (name: string) => addressesOf({ name, domain: 'gatehouse.localhost', ports }).hosts.console
  expect(of('default')).toBe('console.gatehouse.localhost')
  expect(of('blue')).toBe('console.blue.gatehouse.localhost')
})

test('the issuer is reached through the gateway, and dialled by services at its own listener', () => {
  const addresses = addressesOf({ name: 'default', domain: 'example.test', ports })
  expect(addresses.issuer).toBe(`https://dex.example.test:${ports.gatewayHttps}`)
  expect(addresses.issuerDiscovery).toBe('https://127.0.0.1:5000/.well-known/openid-configuration')
})

test('an API server in a container dials the issuer at the gateway of its network', () => {
  const place = { name: 'default', domain: 'example.test', ports }
  expect(addressesOf(place).issuerDiscoveryOfCluster).toBe(addressesOf(place).issuerDiscovery)
  const inContainer = addressesOf({ ...place, containerGateway: '172.18.0.1' })
  expect(inContainer.issuerDiscoveryOfCluster).toBe(
    'https://172.18.0.1:5000/.well-known/openid-configuration',
  )
  expect(inContainer.issuerDiscovery).toBe(addressesOf(place).issuerDiscovery)
})

test('what a kubeconfig points at is an address, since *.localhost does not resolve everywhere', () => {
  const addresses = addressesOf({ name: 'default', domain: 'gatehouse.localhost', ports })
  expect(new URL(addresses.apiserverProxy).hostname).toBe('127.0.0.1')
})
