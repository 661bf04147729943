import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { forCode, forRefresh, getCode, requestTokens, startTestDex, type TestDex } from './test-dex.ts'

async function fetchKeys(dex: TestDex): Promise<JSONWebKeySet> {
  return (await (await dex.fetch(`${dex.issuer}/keys`)).json()) as JSONWebKeySet
}

async function getTokens(dex: TestDex) {
  const { body } = await requestTokens(dex, forCode(await getCode(dex, { scope: 'openid offline_access' })))
  return body
}

const SQLITE = { type: 'sqlite3', config: {} }

test('the published keys are public RSA keys of 2048 bits and verify every token', async () => {
  await using dex = await startTestDex()
  const jwks = await fetchKeys(dex)
  expect(jwks.keys).toHaveLength(1)
  expect(Object.keys(jwks.keys[0]!).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
  expect(Buffer.from(jwks.keys[0]!.n!, 'base64url')).toHaveLength(256)
  const tokens = await getTokens(dex)
  for (const name of ['id_token', 'access_token']) {
    const { protectedHeader } = await jwtVerify(tokens[name]!, createLocalJWKSet(jwks), {
      issuer: dex.issuer,
    })
    expect(protectedHeader).toEqual({ alg: 'RS256', kid: jwks.keys[0]!.kid })
  }
})

test('the keys may be cached until the next rotation', async () => {
  await using dex = await startTestDex()
  const { headers } = await dex.fetch(`${dex.issuer}/keys`)
  const [, maxAge] = /^max-age=(\d+), must-revalidate$/.exec(headers.get('cache-control') ?? '') ?? []
  expect(Number(maxAge)).toBeGreaterThan(6 * 3600 - 60)
})

test('keys, codes and refresh tokens survive a restart in a file that only its owner may read', async () => {
  await using dex = await startTestDex({ storage: SQLITE })
  const before = await fetchKeys(dex)
  const tokens = await getTokens(dex)
  const code = await getCode(dex)
  await dex.restart()
  expect(await fetchKeys(dex)).toEqual(before)
  await jwtVerify(tokens['id_token']!, createLocalJWKSet(await fetchKeys(dex)))
  expect((await requestTokens(dex, forCode(code))).status).toBe(200)
  expect((await requestTokens(dex, forRefresh(tokens['refresh_token']))).status).toBe(200)
  expect((await stat(join(dex.directory, 'dex.db'))).mode & 0o777).toBe(0o600)
})

test('in memory, a restart begins anew', async () => {
  await using dex = await startTestDex()
  const [before] = (await fetchKeys(dex)).keys
  const tokens = await getTokens(dex)
  await dex.restart()
  expect((await fetchKeys(dex)).keys[0]!.kid).not.toBe(before!.kid)
  expect((await requestTokens(dex, forRefresh(tokens['refresh_token']))).status).toBe(400)
})

test('a token signed by a retired key is good until it expires, and the key goes with it', async () => {
  await using dex = await startTestDex({ expiry: { signingKeys: '1s', idTokens: '4s' } })
  const tokens = await getTokens(dex)
  const { kid } = decodeProtectedHeader(tokens['id_token']!)
  const kids = async () => (await fetchKeys(dex)).keys.map((key) => key.kid)
  await expect.poll(async () => (await kids())[0]).not.toBe(kid)
  expect(await kids()).toContain(kid)
  const authorization = `Bearer ${tokens['access_token']}`
  const userinfo = () => dex.fetch(`${dex.issuer}/userinfo`, { headers: { authorization } })
  expect((await userinfo()).status).toBe(200)
  await expect.poll(kids).not.toContain(kid)
  expect((await userinfo()).status).toBe(403)
})
