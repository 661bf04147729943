import { expect, test } from 'vitest'
import { type AuthenticationError, issuerSettingsSchema } from '../src/index.ts'
import { toIdentity } from '../src/identity.ts'

const settings = issuerSettingsSchema.parse({ url: 'https://issuer.example', audiences: ['gatehouse'] })
const base = { exp: 4_000_000_000, email: 'alice@kyma.cx' }

function user(claims: object, over: object = {}) {
  try {
    const { username, groups } = toIdentity({ ...base, ...claims }, { ...settings, ...over })
    return { username, groups }
  } catch (error) {
    return (error as AuthenticationError).message
  }
}

test.each([
  ['no groups claim', {}, []],
  ['null groups', { groups: null }, []],
  ['a single string', { groups: 'one' }, ['one']],
  ['a list', { groups: ['one', 'two'] }, ['one', 'two']],
  ['UTF-8', { groups: ['Entwickler größer', '開発者'] }, ['Entwickler größer', '開発者']],
])('groups: %s', (_what, claims, groups) => {
  expect(user(claims)).toEqual({ username: 'alice@kyma.cx', groups })
})

test.each([
  ['a group that is a number', { groups: [1] }, 'something else than strings'],
  ['a group that is null', { groups: [null] }, 'something else than strings'],
  ['groups that are an object', { groups: {} }, 'something else than strings'],
  ['an empty group', { groups: [''] }, 'empty'],
  ['groups as the empty string', { groups: '' }, 'empty'],
  ['a group of the cluster', { groups: ['system:masters'] }, 'starts with "system:"'],
  ['a padded group', { groups: ['one '] }, 'white space'],
  [
    'a group with a line break',
    { groups: ['one\r\nImpersonate-Group: system:masters'] },
    'control character',
  ],
  ['a user of the cluster', { email: 'system:admin' }, 'starts with "system:"'],
  ['an empty username', { email: '' }, 'empty'],
  ['a padded username', { email: ' alice@kyma.cx' }, 'white space'],
  ['a username padded with a no-break space', { email: 'alice@kyma.cx\u00A0' }, 'white space'],
  ['a username with NUL', { email: 'alice\0' }, 'control character'],
  ['a username with a C1 control', { email: 'al\u0085ice' }, 'control character'],
  ['half a surrogate pair', { email: 'alice\uD800' }, 'well-formed'],
  ['a username that is a list', { email: ['alice'] }, 'not a string'],
  ['a missing username', { email: undefined }, 'missing'],
  ['an email that is not verified', { email_verified: false }, 'not verified'],
  ['email_verified as a string', { email_verified: 'true' }, 'not verified'],
  ['a credential id with a line break', { jti: 'a\nb' }, 'control character'],
  ['distributed groups', { _claim_names: { groups: 'src1' }, _claim_sources: {} }, 'distributed'],
])('%s is refused', (_what, claims, message) => {
  expect(user(claims)).toContain(message)
})

test('email_verified matters only where the username is the email', () => {
  const claims = { email_verified: false, sub: 'alice' }
  expect(user(claims, { usernameClaim: 'sub' })).toMatchObject({ username: 'alice' })
})

test('prefixes come before names, and a name may not reach system: through one', () => {
  const prefixes = { usernamePrefix: 'dex:', groupsPrefix: 'oidc/' }
  expect(user({ groups: ['system:masters'] }, prefixes)).toEqual({
    username: 'dex:alice@kyma.cx',
    groups: ['oidc/system:masters'],
  })
  expect(user({ email: 'em:admin' }, { usernamePrefix: 'syst' })).toContain('starts with "system:"')
})

test('a required claim must be there with exactly this string', () => {
  const required = { requiredClaims: { hd: 'kyma.cx' } }
  expect(user({ hd: 'kyma.cx' }, required)).toMatchObject({ username: 'alice@kyma.cx' })
  expect(user({}, required)).toContain('"hd"')
  expect(user({ hd: 'evil.example' }, required)).toContain('"hd"')
  expect(user({ hd: ['kyma.cx'] }, required)).toContain('"hd"')
})
