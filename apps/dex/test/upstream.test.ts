import getPort from 'get-port'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { encodeSubject } from '../src/claims/subject.ts'
import { BARE_CLIENT, type BareIssuer, startBareIssuer } from './bare-issuer.ts'
import type { Browser, Visit } from './browser.ts'
import {
  ADMIN,
  authorizationURL,
  CONSOLE,
  forCode,
  forRefresh,
  requestTokens,
  startTestDex,
  type TestDex,
} from './test-dex.ts'

const CLAIMS = {
  name: 'Uma Upstream',
  nick: 'uma',
  email: 'uma@upstream.example',
  email_verified: true,
  roles: ['dev', 'ops'],
}

let bare: BareIssuer
let dex: TestDex
beforeAll(async () => {
  const port = await getPort()
  const redirectURI = `https://127.0.0.1:${port}/dex/callback`
  bare = await startBareIssuer(redirectURI)
  const upstream = (id: string, config: object = {}) => ({
    type: 'oidc',
    id,
    name: `The ${id}`,
    config: {
      issuer: bare.issuer,
      clientID: BARE_CLIENT.id,
      clientSecret: BARE_CLIENT.secret,
      redirectURI,
      rootCAs: [bare.certificateAuthority],
      scopes: ['profile', 'email', 'offline_access'],
      insecureEnableGroups: true,
      claimMapping: { groups: 'roles', preferred_username: 'nick' },
      ...config,
    },
  })
  const connectors = [
    upstream('plain'),
    upstream('other'),
    upstream('picky', { allowedGroups: ['admins'] }),
    upstream('down', { issuer: 'https://127.0.0.1:1' }),
    upstream('untrusted', { rootCAs: [] }),
    upstream('renamed', { issuerAlias: 'https://alias.example' }),
  ]
  dex = await startTestDex({ connectors }, { port })
})
beforeEach(() => bare.setClaims(CLAIMS))
afterAll(async () => {
  await dex[Symbol.asyncDispose]()
  await bare[Symbol.asyncDispose]()
})

/** Goes to the upstream issuer and logs in there; `url` is where that one sends the browser. */
async function upstreamAnswer(
  browser: Browser,
  connector = 'plain',
  changes: Record<string, string> = {},
): Promise<URL> {
  const leaving = await browser.open(authorizationURL(dex.issuer, { connector_id: connector, ...changes }))
  expect(leaving).toMatchObject({ status: 0 })
  expect(new URL(leaving.url).origin).toBe(bare.issuer)
  return new URL((await bare.browser().open(leaving.url)).url)
}

async function tokensOf(visit: Visit): Promise<Record<string, string>> {
  return (await requestTokens(dex, forCode(new URL(visit.url).searchParams.get('code')!))).body
}

describe('an upstream issuer of another make (bare oidc-provider)', () => {
  test('says who the user is, with mapped claims and groups', async () => {
    const browser = dex.browser()
    const tokens = await tokensOf(await browser.open((await upstreamAnswer(browser)).href))
    expect(decodeJwt(tokens['id_token']!)).toMatchObject({
      sub: encodeSubject('user-1', 'plain'),
      name: CLAIMS.name,
      preferred_username: CLAIMS.nick,
      email: CLAIMS.email,
      email_verified: true,
      groups: CLAIMS.roles,
    })
    expect(Object.fromEntries(bare.asked.at(-1)!)).toMatchObject({
      redirect_uri: `${dex.issuer}/callback`,
      scope: 'openid profile email offline_access',
      code_challenge_method: 'S256',
      nonce: expect.any(String),
    })
  })

  test('is asked again when tokens are refreshed, and its refusal ends them', async () => {
    const browser = dex.browser()
    const answer = await upstreamAnswer(browser, 'plain', { scope: 'openid email groups offline_access' })
    expect(bare.asked.at(-1)!.get('access_type')).toBe('offline')
    const first = await tokensOf(await browser.open(answer.href))
    bare.setClaims({ ...CLAIMS, roles: ['ops'] })
    const second = await requestTokens(dex, forRefresh(first['refresh_token']))
    expect(decodeJwt(second.body['id_token']!)).toMatchObject({ groups: ['ops'] })
    await bare.revokeAll()
    const third = await requestTokens(dex, forRefresh(second.body['refresh_token']))
    expect(third).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })
})

describe('what comes back from an upstream issuer', () => {
  test('counts only in the browser that went there', async () => {
    const [victim, attacker] = [dex.browser(), dex.browser()]
    const answer = await upstreamAnswer(attacker)
    await upstreamAnswer(victim)
    expect((await victim.open(answer.href)).status).toBe(400)
    expect((await attacker.open(answer.href)).url).toContain('code=')
  })

  test('counts only for the connector that sent there (mix-up)', async () => {
    const browser = dex.browser()
    const answer = await upstreamAnswer(browser)
    const elsewhere = answer.href.replace('/callback?', '/callback/other?')
    expect((await browser.open(elsewhere)).status).toBe(400)
    const named = answer.href.replace('/callback?', '/callback/plain?')
    // What openid-client says as its redirect URI is the registered one, whichever of both paths was taken.
    expect((await browser.open(named)).url).toContain('code=')
  })

  test('counts only from the issuer that was asked (RFC 9207)', async () => {
    for (const iss of ['https://evil.example', undefined]) {
      const browser = dex.browser()
      const answer = await upstreamAnswer(browser)
      expect(answer.searchParams.get('iss')).toBe(bare.issuer)
      if (iss) answer.searchParams.set('iss', iss)
      else answer.searchParams.delete('iss')
      expect((await browser.open(answer.href)).status).toBe(500)
    }
  })

  test('counts once', async () => {
    const browser = dex.browser()
    const answer = await upstreamAnswer(browser)
    const answers = await Promise.all(Array.from({ length: 3 }, () => browser.open(answer.href)))
    expect(answers.filter(({ url }) => url.includes('console.example.com'))).toHaveLength(1)
  })

  test('may not be the code of another login (code injection)', async () => {
    const [attacker, victim] = [dex.browser(), dex.browser()]
    const stolen = (await upstreamAnswer(victim)).searchParams.get('code')!
    const answer = await upstreamAnswer(attacker)
    answer.searchParams.set('code', stolen)
    expect((await attacker.open(answer.href)).status).toBe(500)
  })

  test('a refusal is a page that tells nothing of the upstream issuer’s making', async () => {
    const browser = dex.browser()
    const answer = await upstreamAnswer(browser)
    answer.searchParams.delete('code')
    answer.searchParams.set('error', 'access_denied')
    answer.searchParams.set('error_description', '<script>alert(1)</script>')
    const page = await browser.open(answer.href)
    expect(page.status).toBe(401)
    expect(page.text).toContain('Failed to authenticate.')
    expect(page.text).not.toContain('alert(1)')
    expect(dex.log()).not.toContain(answer.searchParams.get('state'))
  })
})

test('who is in none of allowedGroups is not let in', async () => {
  const browser = dex.browser()
  const page = await browser.open((await upstreamAnswer(browser, 'picky')).href)
  expect(page.status).toBe(403)
  bare.setClaims({ ...CLAIMS, roles: ['dev', 'admins'] })
  const allowed = await browser.open((await upstreamAnswer(browser, 'picky')).href)
  expect(decodeJwt((await tokensOf(allowed))['id_token']!)['groups']).toEqual(['admins'])
})

test('the form for user codes may lead to the upstream issuers, and nowhere else', async () => {
  const { headers } = await dex.browser().open(`${dex.issuer}/device`)
  expect(headers.get('content-security-policy')).toContain(`form-action 'self' ${bare.issuer} `)
  expect(headers.get('content-security-policy')).not.toContain('console.example.com')
})

test.each(['down', 'untrusted', 'renamed'])('an upstream issuer that is %s is an error page', async (id) => {
  const page = await dex.browser().open(authorizationURL(dex.issuer, { connector_id: id }))
  expect(page.status).toBe(500)
  expect(page.text).toContain('Login error.')
  expect(dex.log()).toContain('ERR_UPSTREAM')
})

test('an upstream issuer that is another Dex says who the user is', async () => {
  const port = await getPort()
  const client = { ...CONSOLE, id: 'downstream', redirectURIs: [`https://127.0.0.1:${port}/dex/callback`] }
  await using upstream = await startTestDex({ staticClients: [client] })
  const connector = {
    type: 'oidc',
    id: 'dex',
    name: 'Dex',
    config: {
      issuer: upstream.issuer,
      clientID: client.id,
      clientSecret: client.secret,
      redirectURI: client.redirectURIs[0],
      rootCAs: [upstream.certificateAuthority],
      scopes: ['profile', 'email', 'groups', 'offline_access'],
      insecureEnableGroups: true,
      getUserInfo: true,
    },
  }
  await using downstream = await startTestDex(
    { connectors: [connector], enablePasswordDB: false, staticPasswords: [] },
    { port },
  )
  const [browser, there] = [downstream.browser(), upstream.browser()]
  const scope = 'openid email groups profile offline_access federated:id'
  const leaving = await browser.open(authorizationURL(downstream.issuer, { scope }))
  const back = await there.submit(await there.open(leaving.url), { login: ADMIN.email, password: 'password' })
  const code = new URL((await browser.open(back.url)).url).searchParams.get('code')!
  const { body } = await requestTokens(downstream, forCode(code))
  const subject = encodeSubject(ADMIN.userID, 'local')
  const expected = {
    iss: downstream.issuer,
    sub: encodeSubject(subject, 'dex'),
    email: ADMIN.email,
    groups: ADMIN.groups,
    name: ADMIN.name,
    federated_claims: { connector_id: 'dex', user_id: subject },
  }
  expect(decodeJwt(body['id_token']!)).toMatchObject(expected)
  // Twice, since the upstream Dex rotates its refresh tokens.
  const second = await requestTokens(downstream, forRefresh(body['refresh_token']))
  const third = await requestTokens(downstream, forRefresh(second.body['refresh_token']))
  expect(decodeJwt(third.body['id_token']!)).toMatchObject(expected)
})
