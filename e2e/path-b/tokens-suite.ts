import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import { describe, expect, test } from 'vitest'
import type { TestStack } from './gatehouse.ts'
import { LOGGED_OUT } from './refusal.ts'

const ADMIN = 'admin@kyma.cx'
const DEVELOPER = 'developer@kyma.cx'
const OTHER_CLIENT = { id: 'somebody-else', redirectUri: 'http://127.0.0.1/somebody-else' }

/** What a stack needs whose tokens are tried: another client of its issuer. */
export const identityWithOtherClient = {
  clients: [{ id: OTHER_CLIENT.id, redirectURIs: [OTHER_CLIENT.redirectUri] }],
}

/** Which tokens are refused by the one stack; `foreign` is another installation, with another issuer. */
export function testTokens(opened: () => { readonly stack: TestStack; readonly foreign: TestStack }): void {
  describe('tokens', () => {
    const stack = () => opened().stack
    const getPods = async (token: string) =>
      (await stack().terminalWith(ADMIN, { token })).kubectl('get', 'pods')

    test('the token itself is accepted, so that the refusals below mean something', async () => {
      expect(await getPods(await stack().idToken(ADMIN))).toMatchObject({ exitCode: 0 })
    })

    test('no token is refused, with a Status that clients understand', async () => {
      const agent = new Agent({ connect: { ca: await readFile(stack().status.certificateAuthorityFile) } })
      const response = await request(`${stack().status.urls['apiserver-proxy']}/api/v1/pods`, {
        dispatcher: agent,
      })
      expect(response.statusCode).toBe(401)
      expect(await response.body.json()).toMatchObject({
        kind: 'Status',
        status: 'Failure',
        reason: 'Unauthorized',
        code: 401,
      })
      await agent.close()
    })

    test('a user name and a password instead of a token are refused', async () => {
      const terminal = await stack().terminalWith(ADMIN, { username: ADMIN, password: 'whatever' })
      expect(await terminal.kubectl('get', 'pods')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(LOGGED_OUT),
      })
    })

    test('a tampered token is refused', async () => {
      const [header, body, signature] = (await stack().idToken(ADMIN)).split('.')
      const payload = JSON.parse(Buffer.from(body!, 'base64url').toString()) as object
      const forged = Buffer.from(
        JSON.stringify({ ...payload, groups: ['runtimeAdmin'], email: 'mallory@kyma.cx' }),
      )
      expect(await getPods(`${header}.${forged.toString('base64url')}.${signature}`)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(LOGGED_OUT),
      })
    })

    test('a token for another client of the same issuer is refused', async () => {
      expect(await getPods(await stack().idToken(ADMIN, OTHER_CLIENT))).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(LOGGED_OUT),
      })
    })

    test('a token of another issuer is refused', async () => {
      expect(await getPods(await opened().foreign.idToken(ADMIN))).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(LOGGED_OUT),
      })
    })

    test('whoever is revoked is logged out until that is undone, and their watches end', async () => {
      const terminal = await stack().terminalOf(DEVELOPER)
      const watch = terminal.start('get', 'configmaps', '--watch')
      const ended = once(watch, 'close')
      try {
        await once(watch.stdout!, 'data')
        expect(await stack().gatehouse('revoke', DEVELOPER)).toMatchObject({ exitCode: 0 })
        await ended
      } finally {
        watch.kill()
      }
      const pods = () => terminal.kubectl('get', 'pods')
      expect(await pods()).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(LOGGED_OUT) })
      expect(await stack().gatehouse('revoke')).toMatchObject({ exitCode: 0, stdout: DEVELOPER })
      expect(await getPods(await stack().idToken(ADMIN))).toMatchObject({ exitCode: 0 })
      expect(await stack().gatehouse('revoke', DEVELOPER, '--undo')).toMatchObject({ exitCode: 0 })
      await expect.poll(pods).toMatchObject({ exitCode: 0 })
    })

    test('whose tokens so far are revoked goes on after a new login', async () => {
      const old = await stack().idToken(DEVELOPER)
      // A token says the second in which it was issued.
      await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(issuedAt(old))
      expect(await stack().gatehouse('revoke', DEVELOPER, '--issued-so-far')).toMatchObject({ exitCode: 0 })
      await expect
        .poll(() => getPods(old))
        .toMatchObject({ exitCode: 1, stderr: expect.stringMatching(LOGGED_OUT) })
      const revokedAt = Math.floor(Date.now() / 1000)
      await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(revokedAt)
      expect(await getPods(await stack().idToken(DEVELOPER))).toMatchObject({ exitCode: 0 })
    })
  })
}

function issuedAt(token: string): number {
  const payload = Buffer.from(token.split('.')[1]!, 'base64url').toString()
  return (JSON.parse(payload) as { iat: number }).iat
}
