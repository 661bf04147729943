import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type Chromium, startChromium } from '@gatehouse/browser'
import { closeGracefully, listen } from '@gatehouse/server'
import getPort from 'get-port'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ADMIN, authorizationURL, CONSOLE, startTestDex, type TestDex } from './test-dex.ts'

/** Browsers hold a page's `form-action` against every redirect that follows its form. */
describe.each([
  ['its approval', false],
  ['its login', true],
])('an issuer that does not know where its client goes on to, after %s', (_where, skipApprovalScreen) => {
  /** The client of the near issuer. */
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Client</title>')
  })
  let client: string
  let near: TestDex
  let far: TestDex
  let chromium: Chromium
  beforeAll(async () => {
    client = `http://${await listen(server, { host: '127.0.0.1', port: 0 })}`
    const port = await getPort()
    const redirectURI = `https://127.0.0.1:${port}/dex/callback`
    far = await startTestDex({
      oauth2: { skipApprovalScreen },
      staticClients: [{ ...CONSOLE, redirectURIs: [redirectURI] }],
    })
    const config = {
      issuer: far.issuer,
      clientID: CONSOLE.id,
      clientSecret: CONSOLE.secret,
      redirectURI,
      rootCAs: [far.certificateAuthority],
    }
    near = await startTestDex(
      {
        enablePasswordDB: false,
        staticPasswords: [],
        staticClients: [{ ...CONSOLE, redirectURIs: [`${client}/callback`] }],
        connectors: [{ type: 'oidc', id: 'far', name: 'The far one', config }],
      },
      { port },
    )
    const both = [near, far]
    chromium = await startChromium({
      authorities: both.map(({ certificateAuthority }) => certificateAuthority),
      servers: await Promise.all(both.map(({ directory }) => readFile(join(directory, 'dex.crt'), 'utf8'))),
    })
  })
  afterAll(async () => {
    await chromium?.[Symbol.asyncDispose]()
    await near?.[Symbol.asyncDispose]()
    await far?.[Symbol.asyncDispose]()
    await closeGracefully(server, 0)
  })

  test('a browser gets through both to the client', async () => {
    const page = await chromium.browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => void complaints.push(message.text()))
    await page.goto(authorizationURL(near.issuer, { redirect_uri: `${client}/callback` }))
    await page.fill('#login', ADMIN.email)
    await page.fill('#password', 'password')
    await page.click('#submit-login')
    if (!skipApprovalScreen) await page.click('button:has-text("Grant Access")')
    await expect.poll(() => [page.url().split('?')[0], ...complaints]).toEqual([`${client}/callback`])
    expect(new URL(page.url()).searchParams.get('code')).toBeTruthy()
  })
})
