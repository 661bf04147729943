import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ADMIN, authorizationURL, CONSOLE, requestTokens, startTestDex, type TestDex } from './test-dex.ts'
import { discoverWith } from './openid-client.ts'

let dex: TestDex
beforeAll(async () => {
  dex = await startTestDex({ oauth2: { skipApprovalScreen: true, passwordConnector: 'local' } })
})
afterAll(() => dex[Symbol.asyncDispose]())

function forPassword(changes: Record<string, string | undefined> = {}) {
  return {
    grant_type: 'password',
    username: ADMIN.email,
    password: 'password',
    scope: 'openid email groups',
    ...changes,
  }
}

describe('the password grant', () => {
  test('gives openid-client tokens, and a refresh token that works', async () => {
    const configuration = await discoverWith(dex, CONSOLE.id, openid.ClientSecretBasic(CONSOLE.secret))
    expect(configuration.serverMetadata().grant_types_supported).toContain('password')
    const tokens = await openid.genericGrantRequest(configuration, 'password', {
      username: ADMIN.email,
      password: 'password',
      scope: 'openid email groups offline_access',
      nonce: 'n',
    })
    expect(tokens.claims()).toMatchObject({ email: ADMIN.email, groups: ADMIN.groups, nonce: 'n' })
    const refreshed = await openid.refreshTokenGrant(configuration, tokens.refresh_token!)
    expect(refreshed.claims()).toMatchObject({ email: ADMIN.email })
  })

  test('gives no refresh token that nobody asked for', async () => {
    const { status, body } = await requestTokens(dex, forPassword())
    expect(status).toBe(200)
    expect(Object.keys(body)).toEqual(['access_token', 'token_type', 'expires_in', 'id_token'])
  })

  test.each<[string, Record<string, string | undefined>, number, string]>([
    ['a wrong password', { password: 'wrong' }, 401, 'access_denied'],
    ['a user who is not there', { username: 'nobody@example.com' }, 401, 'access_denied'],
    ['no password', { password: undefined }, 401, 'access_denied'],
    ['no openid', { scope: 'email' }, 400, 'invalid_request'],
    ['an unknown scope', { scope: 'openid admin' }, 400, 'invalid_request'],
    ['a wrong client secret', { client_secret: 'wrong' }, 401, 'invalid_client'],
  ])('%s is refused', async (_, changes, status, error) => {
    expect(await requestTokens(dex, forPassword(changes))).toMatchObject({ status, body: { error } })
  })

  test('is not there without a passwordConnector', async () => {
    await using other = await startTestDex()
    expect(await requestTokens(other, forPassword())).toMatchObject({
      status: 400,
      body: { error: 'unsupported_grant_type' },
    })
  })

  test('slows guesses, together with those in the form', async () => {
    await using own = await startTestDex({ oauth2: { passwordConnector: 'local' } })
    const form = await own.browser().open(authorizationURL(own.issuer))
    expect(form.status).toBe(200)
    const browser = own.browser()
    const page = await browser.open(authorizationURL(own.issuer))
    for (let guess = 0; guess < 3; guess += 1) {
      await browser.submit(page, { login: ADMIN.email, password: 'wrong' })
    }
    const statuses: number[] = []
    for (let guess = 0; guess < 3; guess += 1) {
      statuses.push((await requestTokens(own, forPassword({ password: 'wrong' }))).status)
    }
    expect(statuses).toEqual([401, 401, 429])
    const right = await requestTokens(own, forPassword())
    expect(right.status).toBe(429)
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})
