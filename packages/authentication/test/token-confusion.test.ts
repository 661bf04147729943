import { createPublicKey } from 'node:crypto'
import { base64url, CompactEncrypt, exportJWK, generateKeyPair, importJWK } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fixture, issuerFixture, outcome } from './issuer-fixture.ts'

const admin = { email: 'admin@kyma.cx', groups: ['admins'] }

let fixture: Fixture
beforeAll(async () => {
  fixture = await issuerFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

async function verdict(token: string): Promise<string> {
  const verifier = fixture.verifier()
  const honest = await outcome(verifier.verify(await fixture.issuer.mint(admin)))
  return honest === 'accepted' ? outcome(verifier.verify(token)) : `the honest token: ${honest}`
}

const encode = (value: object) => base64url.encode(JSON.stringify(value))

test('an altered payload is refused', async () => {
  const [header, payload, signature] = (await fixture.issuer.mint(admin)).split('.') as [
    string,
    string,
    string,
  ]
  const claims = JSON.parse(new TextDecoder().decode(base64url.decode(payload))) as object
  expect(await verdict(`${header}.${encode({ ...claims, groups: ['other'] })}.${signature}`)).toBe(
    'ERR_TOKEN_SIGNATURE',
  )
})

test('a key that the issuer never published is refused, with a known kid too', async () => {
  expect(await verdict(await fixture.issuer.mint(admin, { foreignKey: true }))).toBe('ERR_TOKEN_SIGNATURE')
})

test('token confusion: alg none is refused, with and without a signature part', async () => {
  const [, payload] = (await fixture.issuer.mint(admin)).split('.') as [string, string]
  const header = encode({ alg: 'none' })
  expect(await verdict(`${header}.${payload}.`)).toBe('ERR_TOKEN_MALFORMED')
  expect(await verdict(`${header}.${payload}.AAAA`)).toBe('ERR_TOKEN_SIGNATURE')
})

test('token confusion: HS256 with the public key as the secret is refused', async () => {
  const jwk = fixture.issuer.publicKeys()[0]!
  const pem = createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  const key = { privateKey: new TextEncoder().encode(pem.toString()), alg: 'HS256' }
  expect(await verdict(await fixture.issuer.mint(admin, { key }))).toBe('ERR_TOKEN_SIGNATURE')
})

test('token confusion: an algorithm that is not configured is refused', async () => {
  const key = { privateKey: (await generateKeyPair('PS256')).privateKey, alg: 'PS256' }
  expect(await verdict(await fixture.issuer.mint(admin, { key }))).toBe('ERR_TOKEN_SIGNATURE')
})

test.each(['jku', 'x5u'])(
  'token confusion: a token that says where its key is (%s) is refused',
  async (parameter) => {
    const { privateKey } = await generateKeyPair('RS256')
    const header = { [parameter]: 'https://evil.example/keys' }
    const token = await fixture.issuer.mint(admin, { key: { privateKey, alg: 'RS256' }, header })
    expect(await verdict(token)).toBe('ERR_TOKEN_MALFORMED')
  },
)

test('token confusion: a token that brings its own key (jwk, x5c) is refused', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const key = { privateKey, alg: 'RS256' }
  const jwk = await exportJWK(publicKey)
  expect(await verdict(await fixture.issuer.mint(admin, { key, header: { jwk } }))).toBe(
    'ERR_TOKEN_MALFORMED',
  )
  const x5c = [Buffer.from('not a certificate').toString('base64')]
  expect(await verdict(await fixture.issuer.mint(admin, { key, header: { x5c } }))).toBe(
    'ERR_TOKEN_SIGNATURE',
  )
})

test('token confusion: critical header parameters are refused', async () => {
  const token = await fixture.issuer.mint(admin, { header: { crit: ['exp'], exp: 1 } })
  expect(await verdict(token)).toBe('ERR_TOKEN_MALFORMED')
})

test('token confusion: an encrypted token (JWE) is refused', async () => {
  const { alg: _, ...jwk } = fixture.issuer.publicKeys()[0]!
  const key = await importJWK({ ...jwk, use: 'enc' }, 'RSA-OAEP')
  const plain = new TextEncoder().encode(
    JSON.stringify({ ...admin, iss: fixture.issuer.url, aud: 'gatehouse' }),
  )
  const jwe = await new CompactEncrypt(plain)
    .setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A256GCM' })
    .encrypt(key)
  expect(await verdict(jwe)).toBe('ERR_TOKEN_MALFORMED')
})

test.each(['', ' ', 'a.b', 'a.b.c.d', '{"payload":"e30"}', '..', 'a.b.c', `${'A'.repeat(9000)}.B.C`])(
  'what is no token (%j) is refused',
  async (text) => {
    expect(await verdict(text)).toBe('ERR_TOKEN_MALFORMED')
  },
)

test('the same token in another spelling of base64 is refused', async () => {
  const token = await fixture.issuer.mint(admin)
  expect(await verdict(`${token}=`)).toBe('ERR_TOKEN_MALFORMED')
  expect(await verdict(` ${token}`)).toBe('ERR_TOKEN_MALFORMED')
})

test('no message holds a token', async () => {
  const token = await fixture.issuer.mint(admin, { foreignKey: true })
  await expect(fixture.verifier().verify(token)).rejects.not.toThrow(token.split('.')[1])
})
