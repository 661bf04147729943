import { describe, expect, test } from 'vitest'
import { oidcConnectorSchema } from '../src/config/oidc-connector.ts'
import { identityFromClaims } from '../src/connectors/oidc/identity-from-claims.ts'

const CLAIMS = { sub: 's', name: 'N', email: 'e@x', email_verified: true, preferred_username: 'p' }

function settings(changes: object = {}) {
  return oidcConnectorSchema.parse({
    issuer: 'https://u.example',
    clientID: 'c',
    redirectURI: 'https://d.example/callback',
    ...changes,
  })
}

describe('claims of an upstream issuer', () => {
  const GROUPS = { insecureEnableGroups: true }
  test.each<[string, object, object, object]>([
    ['as they are', {}, {}, { userID: 's', username: 'N', email: 'e@x', preferredUsername: 'p', groups: [] }],
    ['groups only where they are trusted', { groups: ['a'] }, {}, { groups: [] }],
    ['groups', { groups: ['a', 'b'] }, GROUPS, { groups: ['a', 'b'] }],
    ['a single group', { groups: 'a' }, GROUPS, { groups: ['a'] }],
    ['groups that are objects', { groups: [{ name: 'a', id: 1 }] }, GROUPS, { groups: ['a'] }],
    ['no groups', {}, GROUPS, { groups: [] }],
    [
      'groups by another name',
      { roles: ['r'] },
      { ...GROUPS, claimMapping: { groups: 'roles' } },
      { groups: ['r'] },
    ],
    [
      'groups by their own name first',
      { roles: ['r'], groups: ['g'] },
      { ...GROUPS, claimMapping: { groups: 'roles' } },
      { groups: ['g'] },
    ],
    [
      'groups by another name first, where that is said',
      { roles: ['r'], groups: ['g'] },
      { ...GROUPS, overrideClaimMapping: true, claimMapping: { groups: 'roles' } },
      { groups: ['r'] },
    ],
    [
      'filtered groups',
      { groups: ['k8s:a', 'b'] },
      { ...GROUPS, claimModifications: { filterGroupClaims: { groupsFilter: '^k8s:' } } },
      { groups: ['k8s:a'] },
    ],
    [
      'groups made of claims',
      { organization: 'acme-inc', role: 'dev' },
      {
        claimModifications: {
          newGroupFromClaims: [
            { claims: ['organization', 'role', 'none'], delimiter: '-', clearDelimiter: true, prefix: 'org' },
            { claims: ['none'], prefix: 'x' },
          ],
        },
      },
      { groups: ['org-acmeinc-dev'] },
    ],
    ['allowed groups only', { groups: ['a', 'b'] }, { ...GROUPS, allowedGroups: ['b'] }, { groups: ['b'] }],
    ['another user id', { oid: 'o' }, { userIDKey: 'oid' }, { userID: 'o' }],
    ['a user id that is a number', { sub: 7 }, {}, { userID: '7' }],
    ['another name', { full: 'F' }, { userNameKey: 'full' }, { username: 'F' }],
    [
      'an email by another name',
      { email: undefined, upn: 'u@x' },
      { claimMapping: { email: 'upn' } },
      { email: 'u@x' },
    ],
    [
      'an unverified email that is taken',
      { email_verified: undefined },
      { insecureSkipEmailVerified: true },
      { emailVerified: true },
    ],
    [
      'an email that is said not to be verified stays so',
      { email_verified: false },
      { insecureSkipEmailVerified: true },
      { emailVerified: false },
    ],
    [
      'no email where none is asked for',
      { email: undefined, email_verified: undefined },
      { scopes: ['profile'] },
      { email: '', emailVerified: false },
    ],
    ['a hosted domain', { hd: 'x.example' }, { hostedDomains: ['x.example'] }, { userID: 's' }],
  ])('%s', (_, claims, changes, expected) => {
    expect(identityFromClaims({ ...CLAIMS, ...claims }, settings(changes))).toMatchObject(expected)
  })

  test.each<[string, object, object, string]>([
    ['no subject', { sub: undefined }, {}, 'ERR_UPSTREAM'],
    ['no name', { name: undefined }, {}, 'ERR_UPSTREAM'],
    ['no email', { email: undefined }, {}, 'ERR_UPSTREAM'],
    ['no word on the email', { email_verified: undefined }, {}, 'ERR_UPSTREAM'],
    ['"true" is no yes', { email_verified: 'true' }, {}, 'ERR_UPSTREAM'],
    ['groups that are none', { groups: [1] }, { insecureEnableGroups: true }, 'ERR_UPSTREAM'],
    ['none of the allowed groups', {}, { allowedGroups: ['b'] }, 'ERR_NOT_ALLOWED'],
    ['another domain', { hd: 'y.example' }, { hostedDomains: ['x.example'] }, 'ERR_NOT_ALLOWED'],
    ['no domain', {}, { hostedDomains: ['x.example'] }, 'ERR_NOT_ALLOWED'],
  ])('are refused with %s', (_, claims, changes, code) => {
    const read = () => identityFromClaims({ ...CLAIMS, ...claims }, settings(changes))
    expect(read).toThrow(expect.objectContaining({ code }))
  })
})
