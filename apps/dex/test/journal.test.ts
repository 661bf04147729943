import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type PoweredDex, startPoweredDex } from './powers.ts'
import { ADMIN, CLI, CONSOLE, forRefresh, requestTokens, type TestDex } from './test-dex.ts'

const SCOPE = 'openid email offline_access'

let powered: PoweredDex
let dex: TestDex
beforeAll(async () => {
  powered = await startPoweredDex({ oauth2: { skipApprovalScreen: true, passwordConnector: 'local' } })
  ;({ dex } = powered)
})
beforeEach(() => powered.use('DELETE', '/logins'))
afterAll(() => powered[Symbol.asyncDispose]())

async function journal() {
  const { body } = await powered.use('GET', '/logins')
  return body['items'] as { clientID: string; redirectURI: string; events: Record<string, unknown>[] }[]
}

function forPassword(changes: Record<string, string> = {}) {
  return { grant_type: 'password', username: ADMIN.email, password: 'password', scope: SCOPE, ...changes }
}

test('tells of a password grant, and of the refresh tokens that it gave', async () => {
  const { body } = await requestTokens(dex, forPassword())
  expect(await requestTokens(dex, forRefresh(body['refresh_token']))).toMatchObject({ status: 200 })
  const [login, ...others] = await journal()
  expect(others).toEqual([])
  expect(login).toMatchObject({ clientID: CONSOLE.id, redirectURI: '', scopes: SCOPE.split(' ') })
  expect(login!.events).toMatchObject([
    { event: 'requested', connectorID: 'local' },
    { event: 'authenticated', email: ADMIN.email, userID: ADMIN.userID },
    { event: 'tokensIssued', grantType: 'password' },
    { event: 'tokensIssued', grantType: 'refresh_token' },
  ])
})

test('tells of a wrong password and of too many, but not who was typed', async () => {
  const guess = () => requestTokens(dex, forPassword({ username: 'typed-here', password: 'wrong' }))
  while ((await guess()).status === 401);
  const logins = await journal()
  const last = logins.map(({ events }) => events.at(-1)!['event'])
  expect(last[0]).toBe('throttled')
  expect(last.slice(1)).toEqual(last.slice(1).map(() => 'notAuthenticated'))
  expect(last.length).toBeGreaterThan(2)
  expect(JSON.stringify(logins)).not.toContain('typed-here')
})

test('tells of the tokens of a device beside the login in the browser', async () => {
  const begun = await dex.fetch(`${dex.issuer}/device/code`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ client_id: CLI.id, scope: SCOPE }).toString(),
  })
  const { device_code, user_code } = (await begun.json()) as Record<string, string>
  const browser = dex.browser()
  const form = await browser.submit(await browser.open(`${dex.issuer}/device`), { user_code: user_code! })
  await browser.submit(form, { login: ADMIN.email, password: 'password' })
  const grantType = 'urn:ietf:params:oauth:grant-type:device_code'
  const device = { grant_type: grantType, device_code, client_id: CLI.id, client_secret: undefined }
  expect(await requestTokens(dex, device)).toMatchObject({ status: 200 })
  const [ofDevice, ofBrowser] = await journal()
  expect(ofDevice!.events).toMatchObject([
    { event: 'requested' },
    { event: 'authenticated', email: ADMIN.email },
    { event: 'tokensIssued', grantType },
  ])
  expect(ofBrowser!.redirectURI).toContain('/device/callback')
  expect(ofBrowser!.events.map(({ event }) => event)).toEqual(['requested', 'authenticated', 'approved'])
})
