import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { InMemoryWebStorage, OidcClient, WebStorageStateStore } from 'oidc-client-ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN, CLI, CONSOLE, startTestDex, type TestDex } from './test-dex.ts'

const REDIRECT_URI = 'https://console.example.com/app'

let dex: TestDex
const before = getCACertificates('default')
beforeAll(async () => {
  // As a browser application is registered: public, with PKCE.
  const spa = { id: 'spa', public: true, redirectURIs: [REDIRECT_URI] }
  dex = await startTestDex({ staticClients: [CONSOLE, CLI, spa] })
  // It has no way to be given a fetch of one's own.
  setDefaultCACertificates([...before, dex.certificateAuthority])
})
afterAll(async () => {
  setDefaultCACertificates(before)
  await dex[Symbol.asyncDispose]()
})

test('oidc-client-ts logs in, reads userinfo, refreshes and asks to log out', async () => {
  const stateStore = new WebStorageStateStore({ store: new InMemoryWebStorage() })
  const client = new OidcClient({
    authority: dex.issuer,
    client_id: 'spa',
    redirect_uri: REDIRECT_URI,
    scope: 'openid email groups profile offline_access',
    loadUserInfo: true,
    stateStore,
  })
  const { url } = await client.createSigninRequest({ state: { path: '/pods' }, nonce: 'a-nonce' })
  expect(new URL(url).searchParams.get('code_challenge_method')).toBe('S256')
  const browser = dex.browser()
  const form = await browser.open(url)
  const back = await browser.submit(form, { login: ADMIN.email, password: 'password' })

  const user = await client.processSigninResponse(back.url)
  expect(user.userState).toEqual({ path: '/pods' })
  expect(user.profile).toMatchObject({ email: ADMIN.email, groups: ADMIN.groups, name: ADMIN.name })
  expect(user.token_type.toLowerCase()).toBe('bearer')
  // A state counts once.
  await expect(client.processSigninResponse(back.url)).rejects.toThrow('No matching state')

  const refreshed = await client.useRefreshToken({
    state: {
      refresh_token: user.refresh_token!,
      id_token: user.id_token!,
      session_state: null,
      scope: user.scope!,
      profile: user.profile,
    },
  })
  expect(refreshed.access_token).not.toBe(user.access_token)
  expect(refreshed.refresh_token).not.toBe(user.refresh_token)

  const out = await client.createSignoutRequest({
    id_token_hint: user.id_token!,
    post_logout_redirect_uri: REDIRECT_URI,
  })
  expect((await browser.open(out.url)).url).toContain(REDIRECT_URI)
})
