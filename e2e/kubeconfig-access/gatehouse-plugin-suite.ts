import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { execa } from 'execa'
import { beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { runWithPerson } from './terminal.ts'
import { ADMIN, DEVELOPER, type World } from './world.ts'

const NO_NAMES = `--import=${new URL('no-names.ts', import.meta.url).href}`

/** The generator's files of the format `exec`, as they come, with the real kubectl and real logins. */
export function testGatehousePlugin(opened: () => World): void {
  describe('a kubeconfig that logs in with gatehouse get-token', () => {
    let home: string
    beforeEach(async () => {
      home = await opened().newHome()
    })

    const fileOf = (person: string) => opened().fileOf(person, 'format=exec')
    const environment = (file: string, more: Readonly<Record<string, string>> = {}) => ({
      KUBECONFIG: file,
      HOME: home,
      // Neither gatehouse nor node is on it.
      PATH: dirname(opened().stack.status.cluster!.kubectl),
      GATEHOUSE_LOGIN: 'link',
      ...more,
    })
    const kubectl = (
      file: string,
      person: string,
      args: readonly string[],
      more?: Readonly<Record<string, string>>,
    ) =>
      runWithPerson(opened(), person, {
        program: opened().stack.status.cluster!.kubectl,
        args,
        env: environment(file, more),
      })
    const tokensIn = async () => {
      const directory = join(home, '.cache', 'gatehouse', 'tokens')
      const names = (await readdir(directory)).filter((name) => name.endsWith('.json'))
      return { directory, files: names.map((name) => join(directory, name)) }
    }

    test('holds no token, and starts gatehouse without a PATH', async () => {
      const file = await fileOf(ADMIN)
      const text = await readFile(file, 'utf8')
      const { users } = parse(text) as { users: { user: { token?: string; exec: { command: string } } }[] }
      expect(text).not.toMatch(/\beyJ/)
      expect(users).toHaveLength(1)
      expect(users[0]!.user.exec.command).toMatch(/^\//)
    })

    test('goes through the proxy as the person who logged in with the browser', async () => {
      const args = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo}']
      const whoami = await kubectl(await fileOf(ADMIN), ADMIN, args)
      expect(whoami).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('"username":"admin@kyma.cx"'),
        pages: [expect.stringContaining('You are logged in')],
      })
      expect(whoami.stdout).toContain('runtimeAdmin')
    })

    test('asks nobody the second time, and keeps tokens that are the person’s alone', async () => {
      const file = await fileOf(DEVELOPER)
      await kubectl(file, DEVELOPER, ['get', 'namespaces'])
      const args = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']
      const second = await kubectl(file, DEVELOPER, args)
      expect(second).toMatchObject({ exitCode: 0, stdout: DEVELOPER, stderr: '', pages: [] })
      const { directory, files } = await tokensIn()
      const modes = await Promise.all(
        [directory, ...files].map(async (path) => (await stat(path)).mode & 0o777),
      )
      expect(modes).toEqual([0o700, 0o600])
    })

    test('refreshes a token that has ended, and asks nobody', async () => {
      const file = await fileOf(ADMIN)
      await kubectl(file, ADMIN, ['get', 'namespaces'])
      const [cache] = (await tokensIn()).files
      const before = JSON.parse(await readFile(cache!, 'utf8')) as { idToken: string; refreshToken: string }
      await writeFile(cache!, JSON.stringify({ ...before, expiresAt: Math.floor(Date.now() / 1000) }))
      const many = await Promise.all(
        Array.from({ length: 3 }, () => kubectl(file, ADMIN, ['get', 'namespaces', '-o', 'name'])),
      )
      for (const each of many) expect(each).toMatchObject({ exitCode: 0, pages: [] })
      const after = JSON.parse(await readFile(cache!, 'utf8')) as typeof before
      expect(after.idToken).not.toBe(before.idToken)
      expect(after.refreshToken).not.toBe(before.refreshToken)
    })

    test('logs in by a device code, where no name resolves', async () => {
      const more = { GATEHOUSE_LOGIN: 'device', NODE_OPTIONS: NO_NAMES }
      const result = await kubectl(await fileOf(ADMIN), ADMIN, ['get', 'nodes', '-o', 'name'], more)
      expect(result).toMatchObject({ exitCode: 0, stdout: 'node/gatehouse-node' })
      expect(result.pages).toHaveLength(1)
      // So that the login was not one that any name server would have allowed.
      const control = ['--eval', 'fetch(process.argv[1]).catch((error) => console.log(error.cause.code))']
      const { issuer } = opened().stack.status
      expect(await execa(process.execPath, [NO_NAMES, ...control, issuer])).toMatchObject({
        stdout: 'ENOTFOUND',
      })
    })

    test('refuses a login by somebody else than it is for', async () => {
      // One request: kubectl starts the plugin again for each that it tries.
      const result = await kubectl(await fileOf(ADMIN), DEVELOPER, ['get', '--raw', '/version'])
      expect(result).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(
          `the login was by "${DEVELOPER}", but this kubeconfig is for "${ADMIN}"`,
        ),
        pages: [expect.stringContaining(ADMIN)],
      })
    })

    test('fails at once where there is no terminal, and says what to do', async () => {
      const result = await kubectl(await fileOf(ADMIN), ADMIN, ['get', 'nodes'], { GATEHOUSE_LOGIN: 'auto' })
      expect(result).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/there is no terminal to ask in.*GATEHOUSE_LOGIN/),
        pages: [],
      })
    })

    test.each([
      ['--insecure-skip-tls-verify', 'is not verified'],
      ['--server=http://api.example', 'without TLS'],
    ])('gives no token away with kubectl %s', async (flag, why) => {
      const file = await fileOf(ADMIN)
      await kubectl(file, ADMIN, ['get', 'namespaces'])
      const result = await kubectl(file, ADMIN, ['get', '--raw', '/version', flag])
      expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(why), pages: [] })
    })

    test('is understood by `gatehouse kubeconfig --format exec`, too', async () => {
      const { stack } = opened()
      const file = join(home, 'by-command.yml')
      const options = ['--format', 'exec', '-o', file]
      expect(await stack.gatehouse('kubeconfig', ADMIN, ...options)).toMatchObject({ exitCode: 0 })
      expect(await readFile(file, 'utf8')).toBe(await readFile(await fileOf(ADMIN), 'utf8'))
    })

    test('serves @kubernetes/client-node, too', async () => {
      const file = await fileOf(ADMIN)
      await kubectl(file, ADMIN, ['get', 'namespaces'])
      const config = new KubeConfig()
      config.loadFromFile(file)
      config.users[0]!.exec.env = [{ name: 'XDG_CACHE_HOME', value: join(home, '.cache') }]
      const { items } = await config.makeApiClient(CoreV1Api).listNode()
      expect(items.map(({ metadata }) => metadata?.name)).toEqual(['gatehouse-node'])
    })
  })
}
