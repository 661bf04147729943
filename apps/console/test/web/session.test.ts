import type { User } from 'oidc-client-ts'
import { expect, test } from 'vitest'
import { fileNameOf } from '../../src/web/api/kubeconfig.ts'
import { identityOf, renewAt } from '../../src/web/session/identity.ts'
import { pathAfterLogin } from '../../src/web/session/path-after-login.ts'

test.each([
  ['/resources/core/v1/pods?namespace=demo', '/resources/core/v1/pods?namespace=demo'],
  ['//evil.example/', '/'],
  ['/\\evil.example/', '/'],
  ['https://evil.example/', '/'],
  ['javascript:alert(1)', '/'],
  ['/signed-in?code=1', '/'],
  ['/signed-out', '/'],
  [undefined, '/'],
  [7, '/'],
])('a login that began at %j ends at %s', (path, expected) => {
  expect(pathAfterLogin({ path })).toBe(expected)
})

const user = (profile: object) => ({ id_token: 'token', profile }) as unknown as User

test('who somebody is stands in the ID token', () => {
  const profile = { sub: 's', iat: 100, exp: 200, email: 'ada@example.com', groups: ['a', 'b'] }
  expect(identityOf(user(profile))).toMatchObject({
    email: 'ada@example.com',
    groups: ['a', 'b'],
    issuedAt: 100_000,
    expiresAt: 200_000,
  })
  expect(identityOf(user({ sub: 's', iat: 1, exp: 2 }))).toMatchObject({ email: 's', groups: [] })
  expect(identityOf({ profile } as unknown as User)).toBeUndefined()
})

test('the next token is asked for in good time, and not all the time', () => {
  const day = 86_400_000
  expect(renewAt({ issuedAt: 0, expiresAt: day })).toBe(day - 60_000)
  expect(renewAt({ issuedAt: 0, expiresAt: 10_000 })).toBe(8000)
})

test.each([
  ['attachment; filename="kubeconfig.yml"', 'kubeconfig.yml'],
  ['attachment; filename="../../.bashrc"', undefined],
  ['attachment; filename="a/b"', undefined],
  [null, undefined],
])('of %j the file name is %j', (disposition, expected) => {
  expect(fileNameOf(disposition)).toBe(expected)
})
