import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { openBrowser } from '@gatehouse/e2e-path-a/browser'
import { type Cell, cells, PERSONAS } from '@gatehouse/e2e-path-b/access-table'
import { makeSharedObjects } from '@gatehouse/e2e-path-b/attempt'
import type { TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import { observe } from '@gatehouse/e2e-path-b/observer'
import { questionOf, tryCells } from '@gatehouse/e2e-path-b/report'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { leftOf, makeImages, openComposeStack, openProject, type Project } from './project.ts'

/** They run in a pod, and no sandbox for commands can be made in a container without privileges. */
const NEED_COMMANDS = new Set(['exec', 'attach', 'cp', 'port-forward'])

let project: Project
let stack: TestStack
beforeAll(async () => {
  await makeImages()
  project = await openProject(`gatehouse-e2e-${process.pid}`)
  const up = await project.compose(['up', '--detach', '--wait', '--wait-timeout', '240'])
  if (up.exitCode !== 0) {
    const logs = await project.compose(['logs', '--no-color', '--tail', '30'])
    throw new Error(`docker-compose up failed:\n${up.stderr}\n${logs.stdout}`)
  }
  stack = await openComposeStack(project)
}, 1_200_000)
afterAll(async () => {
  await project?.compose(['down', '--volumes', '--timeout', '30'])
  await stack?.[Symbol.asyncDispose]()
})

test('each service is a container as the restricted Pod Security level has it, and alone on loopback', async () => {
  const ids = (await project.compose(['ps', '--quiet'])).stdout.split('\n')
  expect(ids).toHaveLength(7)
  const { stdout } = await execa('docker', ['inspect', ...ids])
  for (const { Name, Config, HostConfig, State } of JSON.parse(stdout)) {
    expect({ Name, ...HostConfig }).toMatchObject({
      Name,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Privileged: false,
    })
    expect([Name, Config.User, State.Health.Status]).toEqual([Name, '65532:65532', 'healthy'])
    const published = Object.values(HostConfig.PortBindings as Record<string, { HostIp: string }[]>).flat()
    expect(published.filter(({ HostIp }) => HostIp !== '127.0.0.1')).toEqual([])
  }
})

test('secrets are in the volume alone, closed to everybody but the images’ user', async () => {
  const script = `
    const state = '/var/lib/gatehouse/default'
    const secrets = ['pki/ca.key', 'passwords.json', 'config/dex.yaml'].map((name) => fs.statSync(state + '/' + name))
    console.log(JSON.stringify({
      root: (fs.statSync(state).mode & 0o777).toString(8),
      secrets: secrets.map(({ mode, uid }) => (mode & 0o777).toString(8) + ' ' + uid),
    }))`
  const { stdout } = await project.compose(['exec', '-T', 'stack', 'node', '-e', script])
  expect(JSON.parse(stdout)).toEqual({
    root: '700',
    secrets: ['600 65532', '600 65532', '600 65532'],
  })
})

describe('path B', () => {
  // The suite tells from the audit log whether somebody is attached, and here that is in the volume.
  const triable = cells.filter(
    ({ command, allowed }) => command !== 'attach' && !(allowed && NEED_COMMANDS.has(command)),
  )
  const chosen = oneOfEachKind(triable)

  test('everybody may, and may not, what the table says', { timeout: 300_000 }, async () => {
    await using observer = await observe(stack, PERSONAS[0].email)
    await Promise.all([
      ...PERSONAS.map(({ email }) => stack.terminalOf(email)),
      makeSharedObjects(chosen, observer),
    ])
    const outcomes = Object.entries(await tryCells(chosen, stack, observer))
    expect(Object.fromEntries(outcomes.map(([question, { answer }]) => [question, answer]))).toEqual(
      Object.fromEntries(chosen.map((cell) => [questionOf(cell), cell.allowed ? 'allowed' : 'denied'])),
    )
  })

  test('commands are not run in pods, since nothing would isolate them: the stack says so', async () => {
    expect(stack.status.cluster?.execUnavailable).toMatch(/isolat/)
    const { kubectl } = await stack.terminalOf('admin@kyma.cx')
    const run = await kubectl('exec', '-n', 'workshop', 'shared', '--', 'true')
    expect(run.exitCode).not.toBe(0)
  })
})

describe('path A', () => {
  test.each(['admin@kyma.cx', 'no-rights-user@kyma.cx'])(
    '%s logs in with a browser, and downloads a kubeconfig that works',
    { timeout: 180_000 },
    async (email) => {
      await using browser = await openBrowser(stack)
      const page = await browser.newPage()
      await browser.logIn(page, email, '/administration')
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Download config' }).click(),
      ])
      const file = join(await mkdtemp(join(stack.directory, 'download-')), 'kubeconfig.yml')
      await download.saveAs(file)
      const { kubectl } = stack.terminalAt(file)
      const who = await kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')
      expect(who).toMatchObject({ exitCode: 0, stdout: email })
      expect((await kubectl('get', 'nodes')).exitCode).toBe(email === 'admin@kyma.cx' ? 0 : 1)
    },
  )
})

describe('afterwards', () => {
  test('down leaves no container, network, volume or port', { timeout: 120_000 }, async () => {
    expect(await leftOf(project)).not.toEqual([])
    const down = await project.compose(['down', '--volumes', '--timeout', '30'])
    expect(down).toMatchObject({ exitCode: 0 })
    expect(await leftOf(project)).toEqual([])
    for (const port of Object.values(project.ports)) await expect(listenOnce(port)).resolves.toBeUndefined()
  })

  test('Ctrl-C in the middle of a start, and down: nothing is left', { timeout: 180_000 }, async () => {
    const interrupted = await openProject(`gatehouse-e2e-interrupted-${process.pid}`)
    const controller = new AbortController()
    const up = interrupted.compose(['up'], controller.signal)
    try {
      await vi.waitUntil(async () => (await leftOf(interrupted)).length > 0, { timeout: 60_000 })
      controller.abort()
      await up
    } finally {
      await interrupted.compose(['down', '--volumes', '--timeout', '30'])
    }
    expect(await leftOf(interrupted)).toEqual([])
  })
})

/** For each person and command the first cell that is allowed, and the first that is not. Pure. */
function oneOfEachKind(all: readonly Cell[]): readonly Cell[] {
  const first = new Map<string, Cell>()
  for (const cell of all) {
    const kind = `${cell.persona} ${cell.command} ${cell.allowed}`
    if (!first.has(kind)) first.set(kind, cell)
  }
  return [...first.values()]
}

/** Rejects where somebody listens already. */
function listenOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()))
  })
}
