import { createHash } from 'node:crypto'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { responseTypeProblem } from '../src/provider/response-types.ts'
import { discoverWith } from './openid-client.ts'
import {
  ADMIN,
  authorizationURL,
  CONSOLE,
  forCode,
  logIn,
  requestTokens,
  startTestDex,
  type TestDex,
} from './test-dex.ts'

let dex: TestDex
beforeAll(async () => {
  const oauth2 = { skipApprovalScreen: true, responseTypes: ['code', 'id_token', 'token'] }
  dex = await startTestDex({ oauth2 })
})
afterAll(() => dex[Symbol.asyncDispose]())

/** Logs in as openid-client asks for it, and gives it what came back. */
async function authenticate(flow: (configuration: openid.Configuration) => void, responseType: string) {
  const configuration = await discoverWith(dex, CONSOLE.id, openid.ClientSecretBasic(CONSOLE.secret))
  flow(configuration)
  const nonce = openid.randomNonce()
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: CONSOLE.redirectURIs[0]!,
    scope: 'openid email groups',
    response_type: responseType,
    state: 's',
    nonce,
  })
  const browser = dex.browser()
  const form = await browser.open(url.href)
  const back = await browser.submit(form, { login: ADMIN.email, password: 'password' })
  return { configuration, back: new URL(back.url), nonce }
}

describe('the implicit flow', () => {
  test('gives openid-client an ID token that it can verify', async () => {
    const { configuration, back, nonce } = await authenticate(openid.useIdTokenResponseType, 'id_token')
    expect(back.search).toBe('')
    const claims = await openid.implicitAuthentication(configuration, back, nonce, { expectedState: 's' })
    expect(claims).toMatchObject({ aud: CONSOLE.id, email: ADMIN.email, groups: ADMIN.groups, nonce })
  })

  test('gives what Dex gives, in the fragment, and no code', async () => {
    const back = await logIn(dex, { response_type: 'id_token token' })
    const answer = new URLSearchParams(back.hash.slice(1))
    expect([...answer.keys()]).toEqual(['access_token', 'token_type', 'state', 'id_token', 'expires_in'])
    expect(answer.get('token_type')).toBe('bearer')
    const info = await dex.fetch(`${dex.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${answer.get('access_token')}` },
    })
    expect(await info.json()).toMatchObject({ email: ADMIN.email })
  })
})

describe('the hybrid flow', () => {
  test('gives openid-client an ID token at once and tokens for its code', async () => {
    const { configuration, back, nonce } = await authenticate(
      openid.useCodeIdTokenResponseType,
      'code id_token',
    )
    const tokens = await openid.authorizationCodeGrant(configuration, back, {
      expectedNonce: nonce,
      expectedState: 's',
    })
    expect(tokens.claims()).toMatchObject({ email: ADMIN.email, nonce })
  })

  test('binds the ID token to the code', async () => {
    const back = await logIn(dex, { response_type: 'code id_token' })
    const answer = new URLSearchParams(back.hash.slice(1))
    const [code, idToken] = [answer.get('code')!, answer.get('id_token')!]
    const claims = JSON.parse(Buffer.from(idToken.split('.')[1]!, 'base64url').toString()) as Record<
      string,
      string
    >
    expect(claims['c_hash']).toBe(
      createHash('sha256').update(code).digest().subarray(0, 16).toString('base64url'),
    )
    expect((await requestTokens(dex, forCode(code))).status).toBe(200)
  })
})

test.each<[string, Record<string, string | undefined>, string]>([
  ['no nonce', { response_type: 'id_token', nonce: undefined }, 'invalid_request'],
  ['token alone', { response_type: 'token' }, 'invalid_request'],
  ['a type that there is not', { response_type: 'code none' }, 'unsupported_response_type'],
])('%s is refused', async (_, changes, error) => {
  const back = new URL((await dex.browser().open(authorizationURL(dex.issuer, changes))).url)
  expect(back.origin + back.pathname).toBe(CONSOLE.redirectURIs[0])
  expect(back.searchParams.get('error')).toBe(error)
  expect(back.searchParams.get('state')).toBe('a state')
})

test('without them in responseTypes there are only codes', async () => {
  await using own = await startTestDex()
  for (const type of ['id_token', 'code id_token', 'token id_token']) {
    const back = await own.browser().open(authorizationURL(own.issuer, { response_type: type }))
    expect(new URL(back.url).searchParams.get('error')).toBe('unsupported_response_type')
  }
})

test.each<[string, string, 'code'[] | undefined, string | undefined, string | undefined]>([
  ['code', 'code', ['code'], undefined, undefined],
  ['code token', 'code token', undefined, undefined, undefined],
  ['nothing', ' ', undefined, 'n', 'invalid_request'],
  ['a quote', 'co"de', undefined, 'n', 'unsupported_response_type'],
  ['id_token without nonce', 'id_token', undefined, '', 'invalid_request'],
])('response_type: %s', (_, asked, supported, nonce, error) => {
  const all = ['code', 'id_token', 'token'] as const
  expect(responseTypeProblem(asked, supported ?? all, nonce)?.error).toBe(error)
})
