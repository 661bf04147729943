import { createServer } from 'node:net'
import { testKubeconfigAccess } from '@gatehouse/e2e-kubeconfig-access/files-suite'
import { testPathA } from '@gatehouse/e2e-path-a/people-suite'
import { cells } from '@gatehouse/e2e-path-b/access-table'
import { conformanceAnswers } from '@gatehouse/e2e-path-b/conformance-answers'
import { testConformance } from '@gatehouse/e2e-path-b/conformance-suite'
import { openPathBOf, type PathB } from '@gatehouse/e2e-path-b/path-b'
import { testPeople } from '@gatehouse/e2e-path-b/people-suite'
import { type Site, siteOf } from '@gatehouse/e2e-path-b/site'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { leftOf, makeImages, openComposeStack, openProject, type Project } from './project.ts'

/** They run in a pod, and no sandbox for commands can be made in a container without privileges. */
const NEED_COMMANDS = new Set(['exec', 'attach', 'cp', 'port-forward'])

// The suite tells from the audit log whether somebody is attached, and here that is in the volume.
const triable = cells.filter(
  ({ command, allowed }) => command !== 'attach' && !(allowed && NEED_COMMANDS.has(command)),
)

let project: Project
let pathB: PathB
let site: Site
beforeAll(async () => {
  await makeImages()
  project = await openProject(`gatehouse-e2e-${process.pid}`)
  const up = await project.compose(['up', '--detach', '--wait', '--wait-timeout', '240'])
  if (up.exitCode !== 0) {
    const logs = await project.compose(['logs', '--no-color', '--tail', '30'])
    throw new Error(`docker-compose up failed:\n${up.stderr}\n${logs.stdout}`)
  }
  pathB = await openPathBOf('compose', await openComposeStack(project), triable)
  site = await siteOf(pathB.stack, 'compose', project.ports['GATEHOUSE_HTTP_PORT'])
}, 1_200_000)
afterAll(async () => {
  await project?.compose(['down', '--volumes', '--timeout', '30'])
  await pathB?.[Symbol.asyncDispose]()
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

testPeople(() => pathB, triable)
testPathA(() => site)
testKubeconfigAccess(() => site)
testConformance('compose', () => conformanceAnswers(pathB.stack))

test('commands are not run in pods, since nothing would isolate them: the stack says so', async () => {
  const { stack } = pathB
  expect(stack.status.cluster?.execUnavailable).toMatch(/isolat/)
  const { kubectl } = await stack.terminalOf('admin@kyma.cx')
  const run = await kubectl('exec', '-n', 'workshop', 'shared', '--', 'true')
  expect(run.exitCode).not.toBe(0)
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
    const down = () => interrupted.compose(['down', '--volumes', '--timeout', '30'])
    try {
      await vi.waitUntil(async () => (await leftOf(interrupted)).length > 0, { timeout: 60_000 })
      controller.abort()
      await up
    } finally {
      // The engine goes on making what it was asked for just before, and a first `down` does not see that yet.
      await vi.waitFor(
        async () => {
          await down()
          expect(await leftOf(interrupted)).toEqual([])
        },
        { timeout: 120_000 },
      )
    }
  })
})

/** Rejects where somebody listens already. */
function listenOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()))
  })
}
