import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Chromium } from '@gatehouse/browser'
import { startTestStack, type TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { logIn, openBrowser } from './person.ts'

const ADMIN = 'admin@kyma.cx'
const DEVELOPER = 'developer@kyma.cx'

let stack: TestStack
let chromium: Chromium
beforeAll(async () => {
  stack = await startTestStack()
  chromium = await openBrowser(stack)
})
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]()
  await stack?.[Symbol.asyncDispose]()
})

/** A home without tokens. */
let home: string
let homes = 0
beforeEach(() => {
  home = join(stack.directory, `home-${++homes}`)
})

/** The person's file of the format exec, in which the plugin is told `how` to log in. */
async function execFileOf(person: string, ...how: string[]): Promise<string> {
  const file = join(stack.directory, `exec-${homes}-${person}.yml`)
  await rm(file, { force: true })
  const written = await stack.gatehouse('kubeconfig', person, '--format', 'exec', '-o', file)
  expect(written).toMatchObject({ exitCode: 0 })
  const document = parse(await readFile(file, 'utf8')) as { users: { user: { exec: { args: string[] } } }[] }
  document.users[0]!.user.exec.args.push(...how)
  await writeFile(file, stringify(document), { mode: 0o600 })
  return file
}

/** kubectl; `onLine` gets each line of its standard error as it comes. */
async function kubectl(
  file: string,
  args: readonly string[],
  onLine: (line: string) => void = () => undefined,
) {
  const running = execa(stack.status.cluster!.kubectl, args, {
    env: {
      KUBECONFIG: file,
      HOME: home,
      XDG_CACHE_HOME: join(home, '.cache'),
      PATH: process.env['PATH'] ?? '',
    },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 60_000,
  })
  for await (const line of running.iterable({ from: 'stderr' })) onLine(line)
  return running
}

/** kubectl, and the person with a browser when it asks for one; what the browser shows at the end. */
async function kubectlWithPerson(file: string, person: string, args: readonly string[]) {
  const pages: Promise<string>[] = []
  const result = await kubectl(file, args, (line) => {
    const link = /open (https?:\/\/\S+) in a browser/.exec(line)
    if (link) pages.push(logIn(chromium, stack, person, link[1]!))
  })
  const { exitCode, stdout, stderr } = result
  return { exitCode, stdout, stderr, pages: await Promise.all(pages) }
}

test('kubectl logs a person in with the browser, and goes through the proxy as that person', async () => {
  const file = await execFileOf(ADMIN, '--login=link')
  const whoami = await kubectlWithPerson(file, ADMIN, ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo}'])
  expect(whoami).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('"username":"admin@kyma.cx"'),
    pages: [expect.stringContaining('You are logged in')],
  })
  expect(whoami.stdout).toContain('runtimeAdmin')
})

test('the second command asks nobody, and the tokens are the person’s alone', async () => {
  const file = await execFileOf(DEVELOPER, '--login=link')
  await kubectlWithPerson(file, DEVELOPER, ['get', 'namespaces'])
  const second = await kubectlWithPerson(file, DEVELOPER, [
    'auth',
    'whoami',
    '-o',
    'jsonpath={.status.userInfo.username}',
  ])
  expect(second).toMatchObject({ exitCode: 0, stdout: DEVELOPER, stderr: '', pages: [] })
  const directory = join(home, '.cache', 'gatehouse', 'tokens')
  const [name] = await readdir(directory)
  const modes = await Promise.all(
    [directory, join(directory, name!)].map(async (path) => (await stat(path)).mode & 0o777),
  )
  expect(modes).toEqual([0o700, 0o600])
})

test('a token that has ended is refreshed, and nobody is asked', async () => {
  const file = await execFileOf(ADMIN, '--login=link')
  await kubectlWithPerson(file, ADMIN, ['get', 'namespaces'])
  const directory = join(home, '.cache', 'gatehouse', 'tokens')
  const cache = join(directory, (await readdir(directory))[0]!)
  const before = JSON.parse(await readFile(cache, 'utf8')) as { idToken: string; refreshToken: string }
  await writeFile(cache, JSON.stringify({ ...before, expiresAt: Math.floor(Date.now() / 1000) }))
  const many = await Promise.all(
    Array.from({ length: 3 }, () => kubectlWithPerson(file, ADMIN, ['get', 'namespaces', '-o', 'name'])),
  )
  for (const each of many) expect(each).toMatchObject({ exitCode: 0, pages: [] })
  const after = JSON.parse(await readFile(cache, 'utf8')) as typeof before
  expect(after.idToken).not.toBe(before.idToken)
  expect(after.refreshToken).not.toBe(before.refreshToken)
})

test('kubectl logs a person in by a device code', async () => {
  const file = await execFileOf(ADMIN, '--login=device')
  const result = await kubectlWithPerson(file, ADMIN, ['get', 'nodes', '-o', 'name'])
  expect(result).toMatchObject({ exitCode: 0, stdout: 'node/gatehouse-node' })
  expect(result.pages).toHaveLength(1)
})

test('a login by somebody else than the file is for is refused', async () => {
  const file = await execFileOf(ADMIN, '--login=link')
  // One request: kubectl starts the plugin again for each that it tries.
  const result = await kubectlWithPerson(file, DEVELOPER, ['get', '--raw', '/version'])
  expect(result).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining(`the login was by "${DEVELOPER}", but this kubeconfig is for "${ADMIN}"`),
    pages: [expect.stringContaining(ADMIN)],
  })
})

test('without a terminal kubectl fails at once, and says what to do', async () => {
  const result = await kubectl(await execFileOf(ADMIN), ['get', 'nodes'])
  expect(result).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('there is no terminal to ask in'),
  })
})

test('@kubernetes/client-node starts the plugin, too', async () => {
  const file = await execFileOf(ADMIN, '--login=link', `--cache-dir=${join(home, 'tokens')}`)
  await kubectlWithPerson(file, ADMIN, ['get', 'namespaces'])
  const config = new KubeConfig()
  config.loadFromFile(file)
  const { items } = await config.makeApiClient(CoreV1Api).listNode()
  expect(items.map(({ metadata }) => metadata?.name)).toEqual(['gatehouse-node'])
})
