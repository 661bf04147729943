import * as openid from 'openid-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { discoverWith } from './openid-client.ts'
import {
  ADMIN,
  CONSOLE,
  forCode,
  forRefresh,
  getCode,
  requestTokens,
  startTestDex,
  type TestDex,
} from './test-dex.ts'

let dex: TestDex
beforeAll(async () => {
  dex = await startTestDex()
})
afterAll(() => dex[Symbol.asyncDispose]())

async function tokens(): Promise<Record<string, string>> {
  const scope = 'openid email groups profile offline_access'
  return (await requestTokens(dex, forCode(await getCode(dex, { scope })))).body
}

async function introspect(body: string, type = 'application/x-www-form-urlencoded') {
  const headers = { 'content-type': type }
  const response = await dex.fetch(`${dex.issuer}/token/introspect`, { method: 'POST', headers, body })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test('openid-client is told what its tokens are', async () => {
  const configuration = await discoverWith(dex, CONSOLE.id, openid.ClientSecretBasic(CONSOLE.secret))
  const { access_token: accessToken, refresh_token: refreshToken } = await tokens()
  const common = {
    active: true,
    client_id: CONSOLE.id,
    aud: CONSOLE.id,
    iss: dex.issuer,
    sub: expect.any(String),
    token_type: 'Bearer',
    username: ADMIN.preferredUsername,
    ext: { email: ADMIN.email, email_verified: true, groups: ADMIN.groups, name: ADMIN.name },
  }
  const access = await openid.tokenIntrospection(configuration, accessToken!)
  expect(access).toMatchObject({ ...common, token_use: 'access_token' })
  expect(access.exp! - access.iat!).toBe(24 * 3600)
  const refresh = await openid.tokenIntrospection(configuration, refreshToken!)
  expect(refresh).toMatchObject({ ...common, token_use: 'refresh_token' })
})

test('a look at a refresh token does not use it up, and a used one is not active', async () => {
  const { refresh_token: refreshToken } = await tokens()
  const query = `token=${refreshToken}`
  expect((await introspect(query)).body['active']).toBe(true)
  expect((await requestTokens(dex, forRefresh(refreshToken))).status).toBe(200)
  expect((await introspect(query)).body).toEqual({ active: false })
})

test('a token that is not ours is not active, and nothing more is said', async () => {
  const { access_token: accessToken } = await tokens()
  const forged = `${accessToken!.slice(0, -4)}AAAA`
  for (const token of [forged, 'a.b.c', 'made-up', '']) {
    expect(await introspect(`token=${token}`)).toEqual({ status: 200, body: { active: false } })
  }
})

test('bad requests get the errors of Dex', async () => {
  expect(await introspect('')).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  expect(await introspect('x=y')).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  expect((await introspect('{}', 'application/json')).body).toMatchObject({ error: 'invalid_request' })
  expect((await dex.fetch(`${dex.issuer}/token/introspect`)).status).toBe(400)
})
