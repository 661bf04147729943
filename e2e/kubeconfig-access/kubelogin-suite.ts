import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildKubelogin } from '@gatehouse/e2e-clients/go-programs'
import { needs } from '@gatehouse/e2e-clients/toolchains'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type NameBlindProxy, startNameBlindProxy } from './name-blind-proxy.ts'
import { runWithPerson } from './terminal.ts'
import { ADMIN, DEVELOPER, type World } from './world.ts'

/** The generator's files for kubelogin, with the real one (built from its Go module) and the real kubectl. */
export function testKubelogin(opened: () => World): void {
  describe('a kubeconfig that logs in with kubelogin', () => {
    let proxy: NameBlindProxy | undefined
    let programs: string | undefined
    let home: string
    afterAll(() => proxy?.[Symbol.asyncDispose]())
    beforeEach(async (context) => {
      await needs('go', context)
      home = await opened().newHome()
      programs ??= await folderOfPrograms(home)
      proxy ??= await startNameBlindProxy()
    }, 900_000)

    /** kubectl and its plugin, and nothing that opens a browser. */
    async function folderOfPrograms(parent: string): Promise<string> {
      const folder = join(parent, 'bin')
      await mkdir(folder)
      await symlink(opened().stack.status.cluster!.kubectl, join(folder, 'kubectl'))
      await symlink(await buildKubelogin(), join(folder, 'kubectl-oidc_login'))
      return folder
    }
    const kubectl = (file: string, person: string, ...args: string[]) =>
      runWithPerson(opened(), person, {
        program: join(programs!, 'kubectl'),
        args,
        env: { KUBECONFIG: file, HOME: home, PATH: programs!, HTTPS_PROXY: proxy!.url },
      })
    const whoami = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']

    test('goes through the access proxy as the person who logged in with the browser', async () => {
      const file = await opened().fileOf(ADMIN, 'plugin=kubelogin')
      expect(await kubectl(file, ADMIN, ...whoami)).toMatchObject({
        exitCode: 0,
        stdout: ADMIN,
        pages: [expect.stringContaining('Authenticated')],
      })
      const { host } = new URL(opened().stack.status.issuer)
      expect(new Set(proxy!.asked)).toEqual(new Set([host]))
      expect(await kubectl(file, ADMIN, ...whoami)).toMatchObject({ exitCode: 0, stdout: ADMIN, pages: [] })
    })

    test('keeps people apart, and gives each no more than their rights', async () => {
      const files = await Promise.all(
        [ADMIN, DEVELOPER].map((person) => opened().fileOf(person, 'plugin=kubelogin&namespace=demo')),
      )
      for (const [index, person] of [ADMIN, DEVELOPER].entries()) {
        const result = await kubectl(files[index]!, person, ...whoami)
        expect(result).toMatchObject({ stdout: person, pages: [expect.anything()] })
      }
      expect(await kubectl(files[1]!, DEVELOPER, 'get', 'nodes')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(`User "${DEVELOPER}" cannot list resource "nodes"`),
        pages: [],
      })
    })

    test('logs in by a device code, where it is told to', async () => {
      const file = await opened().fileOf(DEVELOPER, 'plugin=kubelogin')
      const text = await readFile(file, 'utf8')
      await writeFile(file, text.replace(/^( *)- get-token$/m, '$&\n$1- --grant-type=device-code'))
      expect(await kubectl(file, DEVELOPER, ...whoami)).toMatchObject({
        exitCode: 0,
        stdout: DEVELOPER,
        pages: [expect.anything()],
      })
    })
  })
}
