import { expect, test } from 'vitest'
import { checkSettings } from '../src/settings.ts'

const settings = {
  issuer: 'https://issuer.example',
  clientId: 'kubectl',
  extraScopes: [],
  usernameClaim: 'email',
}

test.each([
  ['an address', { address: '127.0.0.1:8443' }],
  ['an IPv6 address', { address: '[::1]:8443' }],
  ['a registered redirect URI', { redirectUri: 'http://localhost:8000/callback' }],
])('%s is taken', (_, change) => {
  expect(() => checkSettings({ ...settings, ...change })).not.toThrow()
})

test.each([
  ['an issuer without TLS', { issuer: 'http://issuer.example' }, 'is not an https URL'],
  ['an address that is more', { address: '127.0.0.1:1/path' }, 'is not host:port'],
  ['an address with a user', { address: 'a@127.0.0.1:1' }, 'is not host:port'],
  [
    'an address of an issuer without a name',
    { issuer: 'https://10.0.0.1', address: '127.0.0.1:1' },
    'leave the address out',
  ],
  ['a redirect without a path', { redirectUri: 'http://localhost:8000' }, 'with a path'],
  ['no client', { clientId: '' }, 'the client id is empty'],
  [
    'a redirect to another machine',
    { redirectUri: 'http://example.com/' },
    'is not a plain http URL of 127.0.0.1',
  ],
  [
    'a redirect to a name that only looks local',
    { redirectUri: 'http://127.0.0.1.example/' },
    'is not a plain',
  ],
  ['a redirect with a query', { redirectUri: 'http://127.0.0.1/?a=b' }, 'is not a plain'],
])('%s is refused', (_, change, message) => {
  expect(() => checkSettings({ ...settings, ...change })).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_SETTINGS', message: expect.stringContaining(message) }),
  )
})

test('all problems are told together', () => {
  expect(() => checkSettings({ ...settings, issuer: 'x', clientId: '' })).toThrow(
    /https URL.*; the client id/,
  )
})
