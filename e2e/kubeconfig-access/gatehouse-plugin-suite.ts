import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { runWithPerson } from './terminal.ts'
import { ADMIN, DEVELOPER, type World } from './world.ts'

/** One request: kubectl starts the plugin again for each that it tries. */
const VERSION = ['get', '--raw', '/version']
const NO_NAMES = `--import=${new URL('no-names.ts', import.meta.url).href}`

interface Somebody {
  readonly person: string
  readonly file: string
  readonly home: string
}

/** The generator's files of the format `exec`, as they come, with the real kubectl and real logins. */
export function testGatehousePlugin(opened: () => World): void {
  describe('a kubeconfig that logs in with gatehouse get-token', () => {
    /** The person's file, and a home for one who uses it. */
    const newcomer = async (person: string): Promise<Somebody> => {
      const file = await opened().fileOf(person, 'format=exec')
      return { person, file, home: await opened().newHome() }
    }
    /** Somebody who has logged in before; one for all tests. */
    let known: Promise<Somebody> | undefined
    const loggedIn = () =>
      (known ??= newcomer(ADMIN).then(async (somebody) => {
        expect(await kubectl(somebody, VERSION)).toMatchObject({
          exitCode: 0,
          pages: [expect.stringContaining('You are logged in')],
        })
        return somebody
      }))
    const kubectl = (
      { person, file, home }: Somebody,
      args: readonly string[],
      more: Readonly<Record<string, string>> = {},
    ) =>
      runWithPerson(opened(), person, {
        program: opened().stack.status.cluster!.kubectl,
        args,
        env: {
          KUBECONFIG: file,
          HOME: home,
          // Neither gatehouse nor node is on it.
          PATH: dirname(opened().stack.status.cluster!.kubectl),
          GATEHOUSE_LOGIN: 'link',
          ...more,
        },
      })
    const tokensIn = async (home: string) => {
      const directory = join(home, '.cache', 'gatehouse', 'tokens')
      const names = (await readdir(directory)).filter((name) => name.endsWith('.json'))
      return { directory, files: names.map((name) => join(directory, name)) }
    }

    test('holds no token, and starts gatehouse without a PATH', async () => {
      const text = await readFile((await newcomer(ADMIN)).file, 'utf8')
      const { users } = parse(text) as { users: { user: { exec: { command: string } } }[] }
      expect(text).not.toMatch(/\beyJ/)
      expect(users).toHaveLength(1)
      expect(users[0]!.user.exec.command).toMatch(/^\//)
    })

    test('goes through the proxy as the person who logged in with the browser, and asks only once', async () => {
      const args = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo}']
      const whoami = await kubectl(await loggedIn(), args)
      expect(whoami).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('"username":"admin@kyma.cx"'),
        stderr: '',
        pages: [],
      })
      expect(whoami.stdout).toContain('runtimeAdmin')
    })

    test('keeps tokens that are the person’s alone', async () => {
      const { directory, files } = await tokensIn((await loggedIn()).home)
      const paths = [directory, ...files]
      const modes = await Promise.all(paths.map(async (path) => (await stat(path)).mode & 0o777))
      expect(modes).toEqual([0o700, 0o600])
    })

    test('refreshes a token that has ended, and asks nobody', async () => {
      const somebody = await loggedIn()
      const [cache] = (await tokensIn(somebody.home)).files
      const before = JSON.parse(await readFile(cache!, 'utf8')) as { idToken: string; refreshToken: string }
      await writeFile(cache!, JSON.stringify({ ...before, expiresAt: Math.floor(Date.now() / 1000) }))
      const many = await Promise.all(Array.from({ length: 3 }, () => kubectl(somebody, VERSION)))
      for (const each of many) expect(each).toMatchObject({ exitCode: 0, pages: [] })
      const after = JSON.parse(await readFile(cache!, 'utf8')) as typeof before
      expect(after.idToken).not.toBe(before.idToken)
      expect(after.refreshToken).not.toBe(before.refreshToken)
    })

    test('logs in by a device code, where no name resolves', async () => {
      const more = { GATEHOUSE_LOGIN: 'device', NODE_OPTIONS: NO_NAMES }
      const args = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']
      const result = await kubectl(await newcomer(DEVELOPER), args, more)
      expect(result).toMatchObject({ exitCode: 0, stdout: DEVELOPER, pages: [expect.anything()] })
      // So that the login was not one that any name server would have allowed.
      const control = ['--eval', 'fetch(process.argv[1]).catch((error) => console.log(error.cause.code))']
      const { issuer } = opened().stack.status
      expect(await execa(process.execPath, [NO_NAMES, ...control, issuer])).toMatchObject({
        stdout: 'ENOTFOUND',
      })
    })

    test('refuses a login by somebody else than it is for', async () => {
      const result = await kubectl({ ...(await newcomer(ADMIN)), person: DEVELOPER }, VERSION)
      expect(result).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(
          `the login was by "${DEVELOPER}", but this kubeconfig is for "${ADMIN}"`,
        ),
        pages: [expect.stringContaining(ADMIN)],
      })
    })

    test('fails at once where there is no terminal, and says what to do', async () => {
      const result = await kubectl(await newcomer(ADMIN), VERSION, { GATEHOUSE_LOGIN: 'auto' })
      expect(result).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/there is no terminal to ask in.*GATEHOUSE_LOGIN/),
        pages: [],
      })
    })

    test('gives no token to a server that kubectl does not verify', async () => {
      const result = await kubectl(await loggedIn(), [...VERSION, '--insecure-skip-tls-verify'])
      expect(result).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('gets no token: its certificate is not verified'),
        pages: [],
      })
    })

    test('is what `gatehouse kubeconfig --format exec` writes, too', async () => {
      const { file, home } = await newcomer(ADMIN)
      const written = join(home, 'by-command.yml')
      const args = ['kubeconfig', ADMIN, '--format', 'exec', '-o', written]
      expect(await opened().stack.gatehouse(...args)).toMatchObject({ exitCode: 0 })
      expect(await readFile(written, 'utf8')).toBe(await readFile(file, 'utf8'))
    })
  })
}
