import { decodeJwt, type JWTPayload } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SIMULATED_TYPES } from '../src/config/connectors.ts'
import { simulatedUserID } from '../src/connectors/simulated-user-id.ts'
import { encodeSubject } from '../src/claims/subject.ts'
import type { Visit } from './browser.ts'
import {
  ADMIN,
  authorizationURL,
  forCode,
  forRefresh,
  requestTokens,
  startTestDex,
  type TestDex,
} from './test-dex.ts'

const FORMS = ['github', 'google', 'microsoft', 'saml', 'gitlab'] as const
const connector = (type: string, config: object = {}) => ({
  type,
  id: `my-${type}`,
  name: `My ${type}`,
  config,
})

let dex: TestDex
beforeAll(async () => {
  dex = await startTestDex({
    connectors: [
      ...FORMS.map((type) => connector(type, { clientID: 'x', clientSecret: '$NOT_SET' })),
      connector('ldap', { host: 'ldap.example:636', usernamePrompt: 'Login name' }),
      connector('mockCallback'),
      connector('mockPassword', { username: 'billy', password: 'pilgrim' }),
    ],
  })
})
afterAll(() => dex[Symbol.asyncDispose]())

function begin(type: string, changes: Record<string, string> = {}) {
  const browser = dex.browser()
  const url = authorizationURL(dex.issuer, { connector_id: `my-${type}`, ...changes })
  return { browser, page: browser.open(url) }
}

async function claimsOf(visit: Visit): Promise<JWTPayload> {
  const { body } = await requestTokens(dex, forCode(new URL(visit.url).searchParams.get('code')!))
  return decodeJwt(body['id_token']!)
}

test('the chooser lists every connector with its name', async () => {
  const { text } = await dex.browser().open(authorizationURL(dex.issuer))
  const names = ['Email', ...[...FORMS, 'ldap', 'mockCallback', 'mockPassword'].map((type) => `My ${type}`)]
  for (const name of names) expect(text).toContain(`Log in with ${name}<`)
  expect(text.match(/dex-btn-provider/g)).toHaveLength(names.length)
})

describe.each(FORMS)('a simulated %s', (type) => {
  test('asks who to be, and believes it', async () => {
    const { browser, page } = begin(type)
    expect((await page).text).toContain(`My ${type} is simulated here`)
    const back = await browser.submit(await page, { login: 'octo@cat.example', groups: 'org:dev, org:ops,' })
    expect(await claimsOf(back)).toMatchObject({
      sub: encodeSubject(simulatedUserID(type, 'octo@cat.example'), `my-${type}`),
      email: 'octo@cat.example',
      email_verified: true,
      groups: ['org:dev', 'org:ops'],
      preferred_username: 'octo',
    })
  })

  test('offers the users of the password database', async () => {
    const { browser, page } = begin(type)
    const back = await browser.submit(await page, {}, { index: 1 })
    expect(await claimsOf(back)).toMatchObject({ email: ADMIN.email, name: ADMIN.name, groups: ADMIN.groups })
  })
})

test('nobody is not somebody to be, and what was typed is not believed to be markup', async () => {
  const { browser, page } = begin('github')
  const again = await browser.submit(await page, { login: '  ', groups: '<script>' })
  expect(again.status).toBe(400)
  expect(again.text).toContain('id="login-error"')
  expect(again.text).not.toContain('<script>')
})

test('the page of a simulated connector takes no form of another site nor of another browser', async () => {
  const { browser, page } = begin('saml')
  const forged = { headers: { 'sec-fetch-site': 'cross-site' } }
  expect((await browser.submit(await page, { login: 'x@y.example' }, forged)).status).toBe(403)
  expect((await dex.browser().submit(await page, { login: 'x@y.example' })).status).toBe(400)
})

describe('a simulated ldap', () => {
  test('has Dex’s form, and every password is right but none', async () => {
    const { browser, page } = begin('ldap')
    expect((await page).text).toContain('<label for="login">Login name</label>')
    expect((await browser.submit(await page, { login: 'uma', password: '' })).status).toBe(401)
    const back = await browser.submit(await page, { login: 'uma', password: 'whatever' })
    expect(await claimsOf(back)).toMatchObject({ email: 'uma@ldap.example', preferred_username: 'uma' })
  })

  test('knows the users of the password database', async () => {
    const { browser, page } = begin('ldap')
    const back = await browser.submit(await page, { login: ADMIN.email, password: 'whatever' })
    expect(await claimsOf(back)).toMatchObject({ groups: ADMIN.groups })
  })
})

test('mockPassword knows one name and one password, and lets in Kilgore Trout', async () => {
  const { browser, page } = begin('mockPassword', { scope: 'openid email groups offline_access' })
  expect((await browser.submit(await page, { login: 'billy', password: 'wrong' })).status).toBe(401)
  expect((await browser.submit(await page, { login: 'other', password: 'pilgrim' })).status).toBe(401)
  const back = await browser.submit(await page, { login: 'billy', password: 'pilgrim' })
  const code = new URL(back.url).searchParams.get('code')!
  const { body } = await requestTokens(dex, forCode(code))
  expect(decodeJwt(body['id_token']!)).toMatchObject({ email: 'kilgore@kilgore.trout' })
  expect((await requestTokens(dex, forRefresh(body['refresh_token']))).status).toBe(200)
})

test('a login with a simulated connector can be refreshed', async () => {
  const { browser, page } = begin('google', { scope: 'openid email offline_access' })
  const back = await browser.submit(await page, { login: 'a@b.example' })
  const { body } = await requestTokens(dex, forCode(new URL(back.url).searchParams.get('code')!))
  const refreshed = await requestTokens(dex, forRefresh(body['refresh_token']))
  expect(decodeJwt(refreshed.body['id_token']!)).toMatchObject({ email: 'a@b.example' })
})

test.each<[string, RegExp]>([
  ['github', /^\d+$/],
  ['google', /^\d{21}$/],
  ['microsoft', /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/],
  ['ldap', /^uid=a,ou=people,dc=example,dc=org$/],
  ['saml', /^a@b\.example$/],
])('the user id of %s has the shape that it has there', (type, shape) => {
  expect(SIMULATED_TYPES).toContain(type)
  expect(simulatedUserID(type, 'a@b.example')).toMatch(shape)
  expect(simulatedUserID(type, 'a@b.example')).toBe(simulatedUserID(type, 'a@b.example'))
  expect(simulatedUserID(type, 'a@b.example')).not.toBe(simulatedUserID(type, 'c@b.example'))
})
