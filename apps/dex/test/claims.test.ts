import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { audienceOf, parseScopes, scopeProblem } from '../src/claims/scopes.ts'
import { encodeSubject } from '../src/claims/subject.ts'
import { tokenClaims } from '../src/claims/token-claims.ts'
import type { StaticClient } from '../src/config/static-clients.ts'

function client(id: string, trustedPeers: string[] = []): StaticClient {
  return {
    id,
    secret: 's',
    name: id,
    public: false,
    postLogoutRedirectURIs: [],
    redirectURIs: ['https://a.example/'],
    trustedPeers,
  }
}

const CLIENTS = new Map(
  [client('console'), client('kubectl', ['console']), client('other')].map((each) => [each.id, each]),
)

describe('sub', () => {
  test.each([
    [
      '08a8684b-db88-4b73-90a9-3cd1661f5466',
      'local',
      'CiQwOGE4Njg0Yi1kYjg4LTRiNzMtOTBhOS0zY2QxNjYxZjU0NjYSBWxvY2Fs',
    ],
    ['0-385-28089-0', 'mock', 'Cg0wLTM4NS0yODA4OS0wEgRtb2Nr'],
    ['', 'local', 'EgVsb2NhbA'],
    ['é', 'l', 'CgLDqRIBbA'],
  ])('of user %j by connector %j is %s', (userID, connectorID, expected) => {
    expect(encodeSubject(userID, connectorID)).toBe(expected)
  })

  test('of a user id longer than 127 bytes has its length in two bytes', () => {
    const bytes = Buffer.from(encodeSubject('x'.repeat(300), 'l'), 'base64url')
    expect([...bytes.subarray(0, 3)]).toEqual([0x0a, 0xac, 0x02])
    expect(bytes).toHaveLength(3 + 300 + 3)
  })
})

describe('the audience', () => {
  test.each<[string[], object]>([
    [['openid'], { aud: 'console' }],
    [['openid', 'audience:server:client_id:console'], { aud: 'console' }],
    [['openid', 'audience:server:client_id:kubectl'], { aud: ['kubectl', 'console'], azp: 'console' }],
    [
      ['audience:server:client_id:console', 'audience:server:client_id:kubectl'],
      { aud: ['console', 'kubectl'], azp: 'console' },
    ],
  ])('of the console asking for %j', (scopes, expected) => {
    expect(audienceOf(scopes, 'console')).toEqual(expected)
  })
})

describe('scopes', () => {
  test.each<[string, string, string | undefined]>([
    ['openid', 'console', undefined],
    ['openid email groups profile offline_access federated:id', 'console', undefined],
    ['openid audience:server:client_id:kubectl', 'console', undefined],
    ['openid audience:server:client_id:console', 'console', undefined],
    ['email', 'console', 'Missing required scope(s) ["openid"].'],
    ['', 'console', 'Missing required scope(s) ["openid"].'],
    ['openid address phone', 'console', 'Unrecognized scope(s) ["address" "phone"]'],
    [
      'openid audience:server:client_id:other',
      'console',
      'Client can\'t request scope(s) ["audience:server:client_id:other"]',
    ],
    [
      'openid audience:server:client_id:console',
      'kubectl',
      'Client can\'t request scope(s) ["audience:server:client_id:console"]',
    ],
    [
      'openid audience:server:client_id:nobody',
      'console',
      'Client can\'t request scope(s) ["audience:server:client_id:nobody"]',
    ],
    ['openid a"b\\c', 'console', 'Unrecognized scope(s) ["a?b?c"]'],
  ])('%j of %s', (scope, clientID, expected) => {
    expect(scopeProblem(parseScopes(scope), clientID, CLIENTS)).toBe(expected)
  })
})

describe('the claims of a token', () => {
  const request = {
    issuer: 'https://dex.example.com',
    clientID: 'console',
    connectorID: 'local',
    identity: {
      userID: '1',
      username: 'Ada',
      preferredUsername: 'ada',
      email: 'ada@example.com',
      emailVerified: false,
      groups: ['admins'],
    },
    scopes: ['openid'],
    nonce: 'n',
    issuedAt: 1000,
    lifetime: 60,
  }
  const at_hash = createHash('sha256').update('token').digest().subarray(0, 16).toString('base64url')
  const always = {
    iss: 'https://dex.example.com',
    sub: 'CgExEgVsb2NhbA',
    aud: 'console',
    exp: 1060,
    iat: 1000,
    nonce: 'n',
    at_hash,
  }

  test.each<[string, object, object]>([
    ['openid alone', {}, always],
    ['without a nonce', { nonce: undefined }, { ...always, nonce: undefined }],
    ['email', { scopes: ['email'] }, { ...always, email: 'ada@example.com', email_verified: false }],
    ['groups', { scopes: ['groups'] }, { ...always, groups: ['admins'] }],
    ['profile', { scopes: ['profile'] }, { ...always, name: 'Ada', preferred_username: 'ada' }],
    [
      'federated:id',
      { scopes: ['federated:id'] },
      { ...always, federated_claims: { connector_id: 'local', user_id: '1' } },
    ],
    [
      'groups of somebody in none',
      { scopes: ['groups'], identity: { ...request.identity, groups: [] } },
      always,
    ],
  ])('%s', (_, changes, expected) => {
    expect(tokenClaims({ ...request, ...changes }, 'token')).toEqual(expected)
  })

  test('have no key without a value', () => {
    const claims = tokenClaims({ ...request, nonce: undefined, scopes: ['profile', 'email'] }, 'token')
    expect(Object.values(claims)).not.toContain(undefined)
  })
})
