import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createTokenVerifier,
  IssuerKeys,
  issuerSettingsSchema,
  type IssuerSettingsInput,
} from '../src/index.ts'
import { type Fixture, issuerFixture, outcome } from './issuer-fixture.ts'

const alice = { email: 'alice@kyma.cx', email_verified: true, groups: ['developers'] }

describe('an honest token', () => {
  let fixture: Fixture
  beforeAll(async () => {
    fixture = await issuerFixture({ url: 'https://dex.gatehouse.localhost:8443' })
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  test('gives the user, groups and credential id, dialled at discoveryURL and checked by name', async () => {
    const identity = await fixture.verifier().verify(await fixture.issuer.mint({ ...alice, jti: 'one' }))
    expect(identity).toMatchObject({
      username: 'alice@kyma.cx',
      groups: ['developers'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=one'] },
    })
    expect(identity.uid).toBeUndefined()
    expect(identity.expiresAt).toBeGreaterThan(Date.now() / 1000 + 3500)
  })

  test('is verified once and then remembered until it expires', async () => {
    const verifier = fixture.verifier()
    const token = await fixture.issuer.mint(alice)
    expect(verifier.recall(token)).toBeUndefined()
    const identity = await verifier.verify(token)
    expect(verifier.recall(token)).toBe(identity)
    expect(await verifier.verify(token)).toBe(identity)
    expect(verifier.isCurrent(identity)).toBe(true)
  })

  test.each([
    ['aud is a list that holds ours', { aud: ['other', 'gatehouse'] }, 'accepted'],
    ['aud is another client', { aud: 'other' }, 'ERR_TOKEN_AUDIENCE'],
    ['aud is missing', { aud: undefined }, 'ERR_TOKEN_AUDIENCE'],
    ['iss is another issuer', { iss: 'https://evil.example' }, 'ERR_TOKEN_ISSUER'],
    ['iss differs by a slash', { iss: 'https://dex.gatehouse.localhost:8443/' }, 'ERR_TOKEN_ISSUER'],
    ['iss is missing', { iss: undefined }, 'ERR_TOKEN_ISSUER'],
    ['exp is past', { exp: 1_000_000_000 }, 'ERR_TOKEN_EXPIRED'],
    ['exp is missing', { exp: undefined }, 'ERR_TOKEN_EXPIRED'],
    ['nbf is half a minute ahead', { nbf: Math.floor(Date.now() / 1000) + 30 }, 'accepted'],
    ['nbf is two minutes ahead', { nbf: Math.floor(Date.now() / 1000) + 120 }, 'ERR_TOKEN_CLAIMS'],
  ])('%s', async (_what, claims, expected) => {
    const verifier = fixture.verifier()
    expect(await outcome(fixture.verifier().verify(await fixture.issuer.mint({ ...alice, ...claims })))).toBe(
      expected,
    )
    expect(await outcome(verifier.verify(await fixture.issuer.mint(alice)))).toBe('accepted')
  })

  test('exp has no leeway: one second late is expired, remembered or not', async () => {
    const token = await fixture.issuer.mint({ ...alice, exp: Math.floor(Date.now() / 1000) + 60 })
    const clocked = await issuerFixture()
    const ownToken = await clocked.issuer.mint({ ...alice, exp: Math.floor(Date.now() / 1000) + 60 })
    const verifier = clocked.verifier()
    const identity = await verifier.verify(ownToken)
    clocked.advance(61)
    expect(verifier.isCurrent(identity)).toBe(false)
    expect(verifier.recall(ownToken)).toBeUndefined()
    expect(await outcome(verifier.verify(ownToken))).toBe('ERR_TOKEN_EXPIRED')
    expect(await outcome(fixture.verifier().verify(token))).toBe('accepted')
    await clocked[Symbol.asyncDispose]()
  })
})

describe('the keys of the issuer', () => {
  test('a new key is found by its unknown kid', async () => {
    await using fixture = await issuerFixture()
    const verifier = fixture.verifier()
    await verifier.verify(await fixture.issuer.mint(alice))
    await fixture.issuer.rotate()
    expect(await outcome(verifier.verify(await fixture.issuer.mint(alice)))).toBe('accepted')
  })

  test('unknown kids make one request in 10 seconds, whoever sends them', async () => {
    await using fixture = await issuerFixture()
    const verifier = fixture.verifier()
    await verifier.verify(await fixture.issuer.mint(alice))
    const before = fixture.issuer.keyFetches
    const forged = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        fixture.issuer.mint(alice, { foreignKey: true, header: { kid: `k${n}` } }),
      ),
    )
    const outcomes = await Promise.all(forged.map((token) => outcome(verifier.verify(token))))
    expect(new Set(outcomes)).toEqual(new Set(['ERR_TOKEN_SIGNATURE']))
    expect(fixture.issuer.keyFetches).toBe(before + 1)
    fixture.advance(9)
    await outcome(verifier.verify(forged[0]!))
    expect(fixture.issuer.keyFetches).toBe(before + 1)
    fixture.advance(2)
    await outcome(verifier.verify(forged[0]!))
    expect(fixture.issuer.keyFetches).toBe(before + 2)
  })

  test('a token signed by a retired key is refused, even one that was verified before', async () => {
    await using fixture = await issuerFixture()
    const verifier = fixture.verifier()
    const old = await fixture.issuer.mint(alice)
    const identity = await verifier.verify(old)
    await fixture.issuer.rotate()
    await verifier.verify(await fixture.issuer.mint(alice))
    expect(verifier.isCurrent(identity)).toBe(false)
    expect(verifier.recall(old)).toBeUndefined()
    expect(await outcome(verifier.verify(old))).toBe('ERR_TOKEN_SIGNATURE')
  })

  test('a retired key stops working within minutes even if no new key is ever seen', async () => {
    await using fixture = await issuerFixture()
    const verifier = fixture.verifier()
    const old = await fixture.issuer.mint(alice)
    const identity = await verifier.verify(old)
    await fixture.issuer.rotate()
    fixture.advance(301)
    await expect.poll(() => verifier.isCurrent(identity)).toBe(false)
    expect(await outcome(verifier.verify(old))).toBe('ERR_TOKEN_SIGNATURE')
  })

  test('while the issuer is down, known keys keep working', async () => {
    await using fixture = await issuerFixture()
    const verifier = fixture.verifier()
    await verifier.verify(await fixture.issuer.mint(alice))
    await fixture.issuer.goDown()
    expect(await outcome(verifier.verify(await fixture.issuer.mint({ ...alice, jti: 'new' })))).toBe(
      'accepted',
    )
    await fixture.issuer.rotate()
    expect(await outcome(verifier.verify(await fixture.issuer.mint(alice)))).toBe('ERR_TOKEN_SIGNATURE')
    expect(verifier.ready()).toBe(true)
  })

  test('an issuer that comes late is found without a restart', async () => {
    await using fixture = await issuerFixture()
    await fixture.issuer.goDown()
    const verifier = fixture.verifier()
    const token = await fixture.issuer.mint(alice)
    expect(await outcome(verifier.verify(token))).toBe('ERR_ISSUER_UNAVAILABLE')
    expect(verifier.ready()).toBe(false)
    await fixture.issuer.comeBack()
    await expect.poll(() => verifier.ready()).toBe(true)
    expect(await outcome(verifier.verify(token))).toBe('accepted')
  })

  test('a discovery document that speaks for another issuer is not believed', async () => {
    await using fixture = await issuerFixture()
    fixture.issuer.discovery = { ...fixture.issuer.discovery, issuer: 'https://evil.example' }
    const verifier = fixture.verifier()
    expect(await outcome(verifier.verify(await fixture.issuer.mint(alice)))).toBe('ERR_ISSUER_UNAVAILABLE')
  })

  test('an issuer whose certificate is from another CA is not believed', async () => {
    await using fixture = await issuerFixture()
    const { certificateAuthorityFile: _, ...settings } = fixture.issuer.settings
    await using verifier = createTokenVerifier({ issuers: [issuerSettingsSchema.parse(settings)] })
    expect(await outcome(verifier.verify(await fixture.issuer.mint(alice)))).toBe('ERR_ISSUER_UNAVAILABLE')
  })

  test('a token without kid is checked against every key', async () => {
    await using fixture = await issuerFixture()
    await fixture.issuer.rotate({ keepOld: true })
    const verifier = fixture.verifier()
    const noKid = { header: { kid: undefined } }
    expect(await outcome(verifier.verify(await fixture.issuer.mint(alice, noKid)))).toBe('accepted')
    const forged = fixture.issuer.mint(alice, { ...noKid, foreignKey: true })
    expect(await outcome(verifier.verify(await forged))).toBe('ERR_TOKEN_SIGNATURE')
  })
})

test('each of several issuers vouches for its own tokens only', async () => {
  await using one = await issuerFixture()
  await using two = await issuerFixture()
  await using verifier = createTokenVerifier({
    issuers: [one, two].map(({ issuer }, n) =>
      issuerSettingsSchema.parse({ ...issuer.settings, usernamePrefix: `${n}:` }),
    ),
  })
  expect((await verifier.verify(await one.issuer.mint(alice))).username).toBe('0:alice@kyma.cx')
  expect((await verifier.verify(await two.issuer.mint(alice))).username).toBe('1:alice@kyma.cx')
  const crossed = await two.issuer.mint({ ...alice, iss: one.issuer.url })
  expect(await outcome(verifier.verify(crossed))).toBe('ERR_TOKEN_SIGNATURE')
})

describe('what another verifier let through is accepted', () => {
  let fixture: Fixture
  let keys: IssuerKeys
  beforeAll(async () => {
    fixture = await issuerFixture()
    keys = new IssuerKeys()
  })
  afterAll(async () => {
    await keys[Symbol.asyncDispose]()
    await fixture[Symbol.asyncDispose]()
  })

  const verifierOf = (settings: Partial<IssuerSettingsInput>) =>
    createTokenVerifier({
      issuers: [issuerSettingsSchema.parse({ ...fixture.issuer.settings, ...settings })],
      keys,
    })

  test.each<[string, Partial<IssuerSettingsInput>, boolean]>([
    ['by the same settings', {}, true],
    ['by more audiences', { audiences: ['another', 'gatehouse'] }, true],
    ['not for other audiences', { audiences: ['another'] }, false],
    ['not signed by another algorithm', { signingAlgorithms: ['ES256'] }, false],
    ['not without a required claim', { requiredClaims: { tenant: 'x' } }, false],
    ['not as another user', { usernamePrefix: 'x:' }, false],
    ['not in other groups', { groupsClaim: 'roles' }, false],
    ['not from another issuer', { url: 'https://elsewhere.example' }, false],
    ['not by keys from elsewhere', { discoveryURL: 'https://elsewhere.example/keys' }, false],
  ])('%s', async (_what, settings, expected) => {
    const identity = await verifierOf({}).verify(await fixture.issuer.mint(alice))
    const other = verifierOf(settings)
    expect(other.accepts(identity)).toBe(expected)
    // It did not give it out, so it has to verify the token itself.
    expect(other.isCurrent(identity)).toBe(false)
  })

  test('not when nobody verified it', async () => {
    const identity = await verifierOf({}).verify(await fixture.issuer.mint(alice))
    expect(verifierOf({}).accepts({ ...identity })).toBe(false)
  })
})
