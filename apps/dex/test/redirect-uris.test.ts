import { describe, expect, test } from 'vitest'
import type { StaticClient } from '../src/config/static-clients.ts'
import { isRedirectURIAllowed, withParameters } from '../src/provider/redirect-uris.ts'

describe('a redirect URI', () => {
  const web: StaticClient = {
    id: 'web',
    secret: 's',
    name: 'web',
    public: false,
    trustedPeers: [],
    postLogoutRedirectURIs: [],
    redirectURIs: ['https://app.example.com/callback', 'https://app.example.com/a?b=c'],
  }
  const cli = { ...web, public: true, redirectURIs: [] }
  test.each<[StaticClient, string, boolean]>([
    [web, 'https://app.example.com/callback', true],
    [web, 'https://app.example.com/a?b=c', true],
    [web, 'https://app.example.com/callback/', false],
    [web, 'https://app.example.com/callback?x=y', false],
    [web, 'https://app.example.com/callback#x', false],
    [web, 'https://APP.example.com/callback', false],
    [web, 'https://app.example.com:443/callback', false],
    [web, 'https://app.example.com/x/../callback', false],
    [web, 'https://app.example.com/%63allback', false],
    [web, 'http://app.example.com/callback', false],
    [web, 'https://app.example.com.evil.example/callback', false],
    [web, 'https://evil.example/https://app.example.com/callback', false],
    [web, 'http://localhost:8000/callback', false],
    [{ ...web, public: true }, 'http://localhost:8000/callback', false],
    [cli, 'http://localhost:8000/callback', true],
    [cli, 'http://localhost', true],
    [cli, 'http://127.0.0.1:1/', true],
    [cli, 'http://[::1]:1/', true],
    [cli, 'https://localhost:8000/', false],
    [cli, 'http://localhost.evil.example/', false],
    [cli, 'http://localhost@evil.example/', false],
    [cli, 'http://evil@localhost/', false],
    [cli, 'http:\\\\localhost/', false],
    [cli, 'http://localhost/#fragment', false],
    [cli, 'http://192.0.2.1/', false],
    [cli, 'javascript:alert(1)', false],
    [cli, '', false],
  ])('%#: %o at %j is allowed: %s', (client, uri, expected) => {
    expect(isRedirectURIAllowed(client, uri)).toBe(expected)
  })

  test.each([
    ['https://a.example/', 'https://a.example/?code=x+y'],
    ['https://a.example/?b=c', 'https://a.example/?b=c&code=x+y'],
    ['app:/callback', 'app:/callback?code=x+y'],
  ])('%s keeps what it has', (uri, expected) => {
    expect(withParameters(uri, { code: 'x y' })).toBe(expected)
  })
})
