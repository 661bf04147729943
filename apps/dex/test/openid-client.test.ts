import { createHash } from 'node:crypto'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discoverWith } from './openid-client.ts'
import { ADMIN, CLI, CONSOLE, startTestDex, type TestDex } from './test-dex.ts'

let dex: TestDex
beforeAll(async () => {
  dex = await startTestDex()
})
afterAll(() => dex[Symbol.asyncDispose]())

async function logInWith(
  configuration: openid.Configuration,
  redirectURI: string,
  scope: string,
  method: 'S256' | 'plain' = 'S256',
) {
  const verifier = openid.randomPKCECodeVerifier()
  const [state, nonce] = [openid.randomState(), openid.randomNonce()]
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectURI,
    scope,
    state,
    nonce,
    code_challenge: method === 'S256' ? await openid.calculatePKCECodeChallenge(verifier) : verifier,
    code_challenge_method: method,
  })
  const browser = dex.browser()
  const form = await browser.open(url.href)
  const back = await browser.submit(form, { login: ADMIN.email, password: 'password' })
  return openid.authorizationCodeGrant(configuration, new URL(back.url), {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  })
}

describe.each<[string, (secret: string) => openid.ClientAuth]>([
  ['client_secret_basic', openid.ClientSecretBasic],
  ['client_secret_post', openid.ClientSecretPost],
])('openid-client with %s', (_, authenticate) => {
  test('logs in with code and PKCE, reads userinfo and refreshes', async () => {
    const configuration = await discoverWith(dex, CONSOLE.id, authenticate(CONSOLE.secret))
    const scope = 'openid email groups profile offline_access'
    const tokens = await logInWith(configuration, CONSOLE.redirectURIs[0]!, scope)
    expect(tokens.claims()).toMatchObject({
      iss: dex.issuer,
      aud: CONSOLE.id,
      email: ADMIN.email,
      email_verified: true,
      groups: ADMIN.groups,
      name: ADMIN.name,
      preferred_username: ADMIN.preferredUsername,
      at_hash: createHash('sha256')
        .update(tokens.access_token)
        .digest()
        .subarray(0, 16)
        .toString('base64url'),
    })
    const subject = tokens.claims()!.sub
    const info = await openid.fetchUserInfo(configuration, tokens.access_token, subject)
    expect(info).toMatchObject({ email: ADMIN.email, groups: ADMIN.groups })

    const refreshed = await openid.refreshTokenGrant(configuration, tokens.refresh_token!)
    expect(refreshed.claims()).toMatchObject({ sub: subject, email: ADMIN.email })
    expect(refreshed.refresh_token).not.toBe(tokens.refresh_token)
    await openid.fetchUserInfo(configuration, refreshed.access_token, subject)
  })
})

test('openid-client logs in as a public client on loopback, with a plain challenge', async () => {
  const configuration = await discoverWith(dex, CLI.id, openid.None())
  const tokens = await logInWith(configuration, 'http://localhost:8000/', 'openid email', 'plain')
  expect(tokens.claims()).toMatchObject({ aud: CLI.id, email: ADMIN.email })
  expect(tokens.token_type).toBe('bearer')
  expect(tokens.refresh_token).toBeUndefined()
})

test('openid-client gets a token for another client that trusts this one', async () => {
  const configuration = await discoverWith(dex, CONSOLE.id, openid.ClientSecretBasic(CONSOLE.secret))
  const scope = `openid audience:server:client_id:${CLI.id} audience:server:client_id:${CONSOLE.id}`
  const tokens = await logInWith(configuration, CONSOLE.redirectURIs[0]!, scope)
  expect(tokens.claims()).toMatchObject({ aud: [CLI.id, CONSOLE.id], azp: CONSOLE.id })
})
