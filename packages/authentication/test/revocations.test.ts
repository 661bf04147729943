import { expect, test } from 'vitest'
import { createRevocationList, type Revocable, revocationsSchema } from '../src/index.ts'

const noon = '2026-11-25T12:00:00Z'
const at = (time: string) => Date.parse(time) / 1000
const alice: Revocable = { username: 'alice@kyma.cx', tokenId: 'a-1', issuedAt: at(noon) }
const isRevoked = (revocations: object[], token: Revocable = alice) =>
  createRevocationList(revocationsSchema.parse({ revocations }).revocations)(token)

test.each<[string, object[], Revocable | undefined, boolean]>([
  ['nothing', [], undefined, false],
  ['the user', [{ user: 'alice@kyma.cx' }], undefined, true],
  ['another user', [{ user: 'bob@kyma.cx' }], undefined, false],
  ['the user in other letters', [{ user: 'Alice@kyma.cx' }], undefined, false],
  ['the token', [{ tokenId: 'a-1' }], undefined, true],
  ['another token', [{ tokenId: 'a-2' }], undefined, false],
  ['the token of somebody else', [{ user: 'bob@kyma.cx', tokenId: 'a-1' }], undefined, false],
  ['another token of the user', [{ user: 'alice@kyma.cx', tokenId: 'a-2' }], undefined, false],
  ['tokens of before', [{ issuedBefore: '2026-11-25T12:00:01Z' }], undefined, true],
  ['tokens of before that very moment', [{ issuedBefore: noon }], undefined, false],
  ['tokens of before, in another zone', [{ issuedBefore: '2026-11-25T14:00:01+02:00' }], undefined, true],
  [
    'older tokens of the user',
    [{ user: 'alice@kyma.cx', issuedBefore: '2026-11-26T00:00:00Z' }],
    undefined,
    true,
  ],
  [
    'older tokens of another',
    [{ user: 'bob@kyma.cx', issuedBefore: '2026-11-26T00:00:00Z' }],
    undefined,
    false,
  ],
  ['one of several', [{ user: 'bob@kyma.cx' }, { tokenId: 'x' }, { user: 'alice@kyma.cx' }], undefined, true],
  ['tokens of before, where it has no iat', [{ issuedBefore: noon }], { username: 'alice@kyma.cx' }, true],
  ['a token, where it has no jti', [{ tokenId: 'a-1' }], { username: 'alice@kyma.cx' }, false],
])('a list with %s', (_what, revocations, token, expected) => {
  expect(isRevoked(revocations, token)).toBe(expected)
})

test.each([
  ['nothing said', {}],
  ['an empty user', { user: '' }],
  ['something that is no time', { user: 'a', issuedBefore: 'yesterday' }],
  ['a key that does not exist', { username: 'a' }],
])('an entry with %s is no entry', (_what, entry) => {
  expect(revocationsSchema.safeParse({ revocations: [entry] }).success).toBe(false)
})
