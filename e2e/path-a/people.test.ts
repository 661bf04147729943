import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import type { Request } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { consoleOf, passwordOf, storageOf, submitLogin, tokenOf } from './browser.ts'
import { PEOPLE } from './people.ts'
import { usePathA } from './use-path-a.ts'

const pathA = usePathA()

describe.each(PEOPLE)('%s', (email) => {
  test('goes from plain HTTP to a kubeconfig that works (A1 to A6)', async () => {
    const page = await pathA.browser.newPage()
    const requests: Request[] = []
    page.on('request', (request) => requests.push(request))
    const urlOf = new URL(consoleOf(pathA.stack))
    const plain = `http://${urlOf.hostname}:${await plainPort(pathA.stack)}/administration`

    // A1: the gateway leads plain HTTP to TLS. A2: without a token the console leads to dex, with PKCE.
    const first = await page.goto(plain)
    const chain = redirectsOf(first!.request())
    const connectors = page.locator('a.dex-btn-provider')
    await connectors.first().waitFor()
    expect(await connectors.allInnerTexts()).toEqual([expect.stringMatching(/Log in with/)])
    const redirect = requests.find((request) => request.url() === plain)
    expect((await redirect!.response())?.status()).toBe(308)
    expect(chain).toContain(plain)
    const asked = requests.map((request) => new URL(request.url())).find((url) => url.pathname === '/auth')!
    expect(asked.origin).toBe(pathA.stack.status.issuer)
    expect(asked.searchParams.get('code_challenge_method')).toBe('S256')
    expect(asked.searchParams.get('scope')?.split(' ')).toContain('audience:server:client_id:kyma-client')

    // A3, A4: dex asks how, the person logs in, and comes back to the address that was opened at first.
    await submitLogin(page, email, await passwordOf(pathA.stack, email))
    await page.locator('[data-page=administration]').waitFor()
    expect(page.url()).toBe(`${consoleOf(pathA.stack)}/administration`)
    const token = await tokenOf(page)
    const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as object
    expect(claims).toMatchObject({ email, azp: 'console', aud: expect.arrayContaining(['kyma-client']) })

    // A5, A6: the kubeconfig is asked for with that token and saved; kubectl is the same person with it.
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download config' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('kubeconfig.yml')
    const file = join(await mkdtemp(join(pathA.stack.directory, 'download-')), 'kubeconfig.yml')
    await download.saveAs(file)
    const terminal = pathA.stack.terminalAt(file)
    expect(
      await terminal.kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'),
    ).toMatchObject({
      exitCode: 0,
      stdout: email,
    })

    // The token was in no address, and is in nothing that outlives the tab.
    expect(requests.filter((request) => request.url().includes(token.slice(0, 40)))).toEqual([])
    expect(requests.some((request) => request.headers()['authorization'] === `Bearer ${token}`)).toBe(true)
    const { local, cookies } = await storageOf(page)
    expect(JSON.stringify(local) + cookies).not.toContain(token.slice(0, 40))
    await page.context().close()
  })
})

function redirectsOf(request: Request): string[] {
  const from = request.redirectedFrom()
  return [...(from ? redirectsOf(from) : []), request.url()]
}

/** The port that the gateway answers plain HTTP on: its own choice, which stands in the processes' state. */
async function plainPort({ directory }: TestStack): Promise<number> {
  const ports = JSON.parse(await readFile(join(directory, 'default/ports.json'), 'utf8')) as {
    gatewayHttp: number
  }
  return ports.gatewayHttp
}
