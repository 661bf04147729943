import { expect, test } from 'vitest'
import { judgeClaims, judgeForged, judgeIdentities } from '../../src/doctor/openid-connect-judgement.ts'
import { type ReviewAnswer, toAnswer } from '../../src/doctor/self-subject-review.ts'
import { type Claims, claimsOf, forge } from '../../src/doctor/token.ts'

const stack = { name: 'default' }
const ada = { email: 'ada@example.org', groups: ['admins'] }
const segment = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url')
const tokenOf = (claims: object) => `${segment({ alg: 'RS256' })}.${segment(claims)}.c2lnbmF0dXJl`
const good: Claims = { iss: 'https://dex', aud: ['kyma-client'], exp: 2000, email: ada.email }
const expected = { issuer: 'https://dex', clientId: 'kyma-client', email: ada.email, nowSeconds: 1000 }

test.each<[Partial<Claims>, string, RegExp]>([
  [{}, 'ok', /iss https:\/\/dex, aud kyma-client, exp 1970-01-01T00:33:20/],
  [{ aud: ['other', 'kyma-client'] }, 'ok', /aud other, kyma-client/],
  [{ iss: 'https://dex/' }, 'error', /iss is https:\/\/dex\/, not https:\/\/dex/],
  [{ aud: ['other'] }, 'error', /aud is other, not kyma-client/],
  [{ exp: 1000 }, 'error', /which is over/],
  [{ email: undefined }, 'error', /email is missing/],
  [{ email: 'eve@example.org' }, 'error', /email is eve/],
])('a token with %j is %s', (claims, level, message) => {
  expect(judgeClaims({ ...good, ...claims }, expected)).toMatchObject({
    level,
    message: expect.stringMatching(message),
  })
})

const known = (username: string, ...groups: string[]): ReviewAnswer => ({ state: 'known', username, groups })

test.each<[ReviewAnswer, string]>([
  [known(ada.email, 'admins', 'system:authenticated'), 'ok'],
  [known(ada.email, 'system:authenticated', 'admins', 'admins'), 'ok'],
  // One group too many is as wrong as one too few.
  [known(ada.email, 'admins', 'system:authenticated', 'system:masters'), 'error'],
  [known(ada.email, 'system:authenticated'), 'error'],
  [known(ada.email, 'admins'), 'error'],
  [known(`oidc:${ada.email}`, 'admins', 'system:authenticated'), 'error'],
  [{ state: 'refused', status: 401, message: 'Unauthorized' }, 'error'],
  [{ state: 'unreachable', reason: 'connect ECONNREFUSED' }, 'error'],
])('an answer %j to a good token is %s', (answer, level) => {
  const [judgement] = judgeIdentities({ 'apiserver-proxy': answer }, ada, stack)
  expect(judgement).toMatchObject({ level, message: expect.stringContaining('apiserver-proxy') })
})

test('servers are judged one by one, so that the one that differs is named', () => {
  const judgements = judgeIdentities(
    {
      'kube-apiserver': known(ada.email, 'admins', 'system:authenticated'),
      'apiserver-proxy': known('eve', 'system:authenticated'),
    },
    ada,
    stack,
  )
  expect(judgements).toMatchObject([
    { level: 'ok', message: expect.stringContaining('kube-apiserver') },
    { level: 'error', message: expect.stringContaining('apiserver-proxy') },
  ])
})

test.each<[ReviewAnswer, string]>([
  [{ state: 'refused', status: 401, message: 'Unauthorized' }, 'ok'],
  // Forbidden comes after the token was believed.
  [{ state: 'refused', status: 403, message: 'Forbidden' }, 'error'],
  [{ state: 'refused', status: 500, message: 'oops' }, 'error'],
  [known('forged@gatehouse.invalid', 'system:masters'), 'error'],
  [{ state: 'unreachable', reason: 'connect ECONNREFUSED' }, 'skipped'],
])('an answer %j to a forged token is %s', (answer, level) => {
  expect(judgeForged({ 'kube-apiserver': answer })).toMatchObject([{ level }])
})

test('a forged token has another payload under the old header and signature', () => {
  const token = tokenOf({ ...good, groups: ['admins'] })
  const forged = forge(token)
  const [header, payload, signature] = token.split('.')
  expect(forged.split('.')).toEqual([header, expect.not.stringMatching(`^${payload}$`), signature])
  expect(claimsOf(forged)).toMatchObject({ iss: 'https://dex', email: 'forged@gatehouse.invalid' })
})

test.each([
  ['a', ['a']],
  [
    ['a', 'b'],
    ['a', 'b'],
  ],
])('the audience %j is read as %j', (aud, audiences) => {
  expect(claimsOf(tokenOf({ ...good, aud })).aud).toEqual(audiences)
})

const review = {
  kind: 'SelfSubjectReview',
  status: { userInfo: { username: 'ada', groups: ['admins'] } },
}

test.each<[number, string, ReviewAnswer]>([
  [201, JSON.stringify(review), known('ada', 'admins')],
  [201, JSON.stringify({ ...review, status: { userInfo: { username: 'ada' } } }), known('ada')],
  [
    401,
    '{"kind":"Status","message":"Unauthorized"}',
    { state: 'refused', status: 401, message: 'Unauthorized' },
  ],
  // What is not a review proves nothing, whatever its status.
  [201, '{"kind":"Status","message":"hm"}', { state: 'refused', status: 201, message: 'hm' }],
  [200, '<html>', { state: 'refused', status: 200, message: '<html>' }],
  [401, JSON.stringify(review), { state: 'refused', status: 401, message: JSON.stringify(review) }],
])('an answer %d %s', (status, text, answer) => {
  expect(toAnswer(status, text)).toEqual(answer)
})
