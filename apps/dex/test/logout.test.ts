import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser } from './browser.ts'
import { discoverWith } from './openid-client.ts'
import {
  ADMIN,
  authorizationURL,
  CLI,
  CONSOLE,
  forCode,
  forRefresh,
  requestTokens,
  startTestDex,
  type TestDex,
} from './test-dex.ts'

const AFTER = 'https://console.example.com/bye'

let dex: TestDex
beforeAll(async () => {
  dex = await startTestDex({
    staticClients: [{ ...CONSOLE, postLogoutRedirectURIs: [AFTER] }, CLI],
    staticPasswords: [ADMIN, { ...ADMIN, email: 'mallory@example.com', userID: 'mallory' }],
  })
})
afterAll(() => dex[Symbol.asyncDispose]())

async function logInWith(browser: Browser, login: string = ADMIN.email): Promise<Record<string, string>> {
  const form = await browser.open(authorizationURL(dex.issuer, { scope: 'openid email offline_access' }))
  const back = await browser.submit(form, { login, password: 'password' })
  return (await requestTokens(dex, forCode(new URL(back.url).searchParams.get('code')!))).body
}

function logoutURL(parameters: Record<string, string>): string {
  return `${dex.issuer}/logout?${new URLSearchParams(parameters).toString()}`
}

async function canRefresh(tokens: Record<string, string>): Promise<boolean> {
  return (await requestTokens(dex, forRefresh(tokens['refresh_token']))).status === 200
}

describe('logout', () => {
  test('as openid-client asks for it ends the session of this browser, and of no other', async () => {
    const configuration = await discoverWith(dex, CONSOLE.id, openid.ClientSecretBasic(CONSOLE.secret))
    const [browser, other] = [dex.browser(), dex.browser()]
    const [tokens, otherTokens] = [await logInWith(browser), await logInWith(other)]
    const waiting = await browser.open(authorizationURL(dex.issuer))
    const url = openid.buildEndSessionUrl(configuration, {
      post_logout_redirect_uri: AFTER,
      id_token_hint: tokens['id_token']!,
      state: 'a state',
    })
    expect((await browser.open(url.href)).url).toBe(`${AFTER}?state=a+state`)
    const looked = await openid.tokenIntrospection(configuration, tokens['refresh_token']!)
    expect(looked).toEqual({ active: false })
    expect(await canRefresh(tokens)).toBe(false)
    expect(await canRefresh(otherTokens)).toBe(true)
    expect(browser.setCookies.at(-1)).toMatch(/^__Host-dex-browser=; Path=\/; Max-Age=0; .*Secure$/)
    browser.cookies.clear()
    expect((await browser.submit(waiting, { login: ADMIN.email, password: 'password' })).status).toBe(400)
    expect(await canRefresh(await logInWith(browser))).toBe(true)
  })

  test('asks first where no token shows that it is meant', async () => {
    const browser = dex.browser()
    const tokens = await logInWith(browser)
    const page = await browser.open(logoutURL({}))
    expect(page.text).toContain('Do you want to log out?')
    const forged = { headers: { 'sec-fetch-site': 'cross-site' } }
    expect((await browser.submit(page, {}, forged)).text).toContain('Do you want to log out?')
    expect((await browser.submit(page, { hmac: 'guessed' })).text).toContain('Do you want to log out?')
    const [kept] = [await requestTokens(dex, forRefresh(tokens['refresh_token']))]
    expect(kept.status).toBe(200)
    expect((await browser.submit(page, {})).text).toContain('You are logged out')
    expect(await canRefresh(kept.body)).toBe(false)
  })

  test('asks first when the token is of a login in another browser: its owner could log others out', async () => {
    const [attacker, victim] = [dex.browser(), dex.browser()]
    const { id_token: hint } = await logInWith(attacker, 'mallory@example.com')
    const tokens = await logInWith(victim)
    const page = await victim.open(logoutURL({ id_token_hint: hint! }))
    expect(page.text).toContain('Do you want to log out?')
    expect(await canRefresh(tokens)).toBe(true)
  })

  test.each<[string, Record<string, string>]>([
    ['another site', { post_logout_redirect_uri: 'https://evil.example/', client_id: CONSOLE.id }],
    ['a longer path', { post_logout_redirect_uri: `${AFTER}/x`, client_id: CONSOLE.id }],
    ['a URI of no client', { post_logout_redirect_uri: AFTER }],
    ['a URI of another client', { post_logout_redirect_uri: AFTER, client_id: CLI.id }],
    ['a script', { post_logout_redirect_uri: 'javascript:alert(1)', client_id: CONSOLE.id }],
    ['a forged token', { post_logout_redirect_uri: AFTER, id_token_hint: 'a.b.c' }],
  ])('leads nowhere else: %s', async (_, parameters) => {
    const answer = await dex.browser().open(logoutURL(parameters))
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain('<script')
  })

  test('of a token that was given to another client is refused', async () => {
    const browser = dex.browser()
    const { id_token: hint } = await logInWith(browser)
    const answer = await browser.open(logoutURL({ id_token_hint: hint!, client_id: CLI.id }))
    expect(answer.status).toBe(400)
  })
})
