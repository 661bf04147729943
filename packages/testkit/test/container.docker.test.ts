import { execa } from 'execa'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveBinaries } from '@gatehouse/binaries'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { GatehouseContainer, type StartedGatehouseContainer } from '../src/container.ts'

let gatehouse: StartedGatehouseContainer
beforeAll(async () => {
  // Its image would have to be pulled.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true'
  const root = new URL('../../..', import.meta.url)
  await execa(process.execPath, ['scripts/images/main.ts', 'stack'], { cwd: root })
  gatehouse = await new GatehouseContainer().start()
}, 600_000)
let isStopped = false
afterAll(async () => {
  if (!isStopped) await gatehouse?.stop()
})

async function kubectl(person: string, ...args: string[]) {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-container-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'config')
  await writeFile(file, await gatehouse.kubeconfig(person), { mode: 0o600 })
  const found = await resolveBinaries(['kubectl'], { env: process.env, signal: AbortSignal.timeout(60_000) })
  return execa(found.kubectl.path, args, { env: { KUBECONFIG: file, HOME: directory }, reject: false })
}

test('kubeconfigs of its people work from outside, each with their own rights', async () => {
  expect(gatehouse.people).toContain('admin@kyma.cx')
  expect(await kubectl('admin@kyma.cx', 'get', 'nodes', '-o', 'name')).toMatchObject({
    exitCode: 0,
    stdout: 'node/gatehouse-node',
  })
  expect(await kubectl('no-rights-user@kyma.cx', 'get', 'pods')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('pods is forbidden: User "no-rights-user@kyma.cx" cannot list'),
  })
  await expect(gatehouse.kubeconfig('nobody@example.org')).rejects.toMatchObject({
    code: 'ERR_CONTAINER',
    message: expect.stringContaining('nobody is called "nobody@example.org" here'),
  })
})

test('its console answers by its name, and its API takes its tokens, with its authority', async () => {
  const ca = gatehouse.certificateAuthority
  const { hostname, port } = new URL(gatehouse.consoleUrl)
  const browser = new Agent({ connect: { ca, servername: hostname } })
  const client = new Agent({ connect: { ca } })
  onTestFinished(async () => void (await Promise.all([browser.close(), client.close()])))
  const page = await request(`https://127.0.0.1:${port}/`, {
    dispatcher: browser,
    headers: { host: `${hostname}:${port}` },
  })
  expect(await page.body.text()).toContain('<div id="root">')
  const authorization = `Bearer ${await gatehouse.idToken('admin@kyma.cx')}`
  const nodes = await request(`${gatehouse.apiServer}/api/v1/nodes`, {
    dispatcher: client,
    headers: { authorization },
  })
  expect(nodes.statusCode).toBe(200)
})

test('it runs as nobody with a read-only root and no capability, on loopback alone', async () => {
  const { stdout } = await execa('docker', ['inspect', gatehouse.getId()])
  const [{ Config, HostConfig, Mounts, NetworkSettings }] = JSON.parse(stdout)
  expect(Config.User).toBe('65532:65532')
  expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], Privileged: false })
  expect(HostConfig.SecurityOpt).toContain('no-new-privileges')
  expect(Mounts).toEqual([])
  const bindings = Object.values(NetworkSettings.Ports as Record<string, { HostIp: string }[] | null>)
  expect(new Set(bindings.flatMap((one) => one ?? []).map(({ HostIp }) => HostIp))).toEqual(
    new Set(['127.0.0.1']),
  )
})

test('nothing is left of one that was stopped', async () => {
  const id = gatehouse.getId()
  await gatehouse.stop()
  isStopped = true
  const left = await execa('docker', ['ps', '--all', '--quiet', '--no-trunc'])
  expect(left.stdout).not.toContain(id)
  const { port } = new URL(gatehouse.apiServer)
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
})
