import { copyFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { machineState } from '@gatehouse/cluster/test-machine'
import type { StackStatus } from '@gatehouse/stack/running'
import { execa } from 'execa'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { CLI, gatehouseIn, temporaryDirectory } from '@gatehouse/e2e-path-b/gatehouse'

/** A stack on kind leaves nothing on the machine, however it ends. */
describe('a stack on kind', { timeout: 300_000 }, () => {
  let directory: string
  let gatehouse: ReturnType<typeof gatehouseIn>
  let before: Record<string, string>
  beforeEach(async () => {
    before = await machineState()
    directory = await temporaryDirectory()
    gatehouse = gatehouseIn(directory)
    return async () => {
      await gatehouse('down')
      await rm(directory, { recursive: true, force: true })
    }
  })

  /** Starts a stack in the foreground and waits until it says `text`. */
  const upUntil = async (text: string) => {
    const up = execa(process.execPath, [CLI, 'up', '--cluster', 'kind'], {
      cwd: directory,
      env: { GATEHOUSE_STATE_DIR: directory },
      reject: false,
      all: true,
    })
    onTestFinished(() => void up.kill('SIGKILL'))
    let output = ''
    up.all.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await expect.poll(() => output, { timeout: 180_000, interval: 20 }).toContain(text)
    // Wrapped, since it is a promise of its own end.
    return { up }
  }
  test('is the same on every start but for its data, and down removes its node', async () => {
    const start = async () => {
      const up = await gatehouse('up', '--detach', '--cluster', 'kind')
      if (up.exitCode !== 0) throw new Error(up.stderr)
      return JSON.parse((await gatehouse('status', '--json')).stdout) as StackStatus
    }
    const first = await start()
    expect(first.cluster).toMatchObject({ provider: 'kind', issuerTrusted: true })
    expect((await machineState())['containers']).toContain('gatehouse-default-')
    const kubeconfig = join(directory, 'admin.yml')
    expect(await gatehouse('kubeconfig', 'admin@kyma.cx', '-o', kubeconfig)).toMatchObject({ exitCode: 0 })
    // Past the proxy, by a certificate of the cluster's authority.
    const direct = join(directory, 'direct.yml')
    await copyFile(first.cluster!.adminKubeconfig, direct)
    expect(await gatehouse('down')).toMatchObject({ exitCode: 0 })
    expect(await machineState()).toEqual(before)

    const second = await start()
    expect(second.urls).toEqual(first.urls)
    // Of the first start: the issuer, its keys and all authorities are the same.
    const mayEverything = async (KUBECONFIG: string) => {
      const env = { KUBECONFIG, HOME: directory }
      const asked = await execa(second.cluster!.kubectl, ['auth', 'can-i', '*', '*'], { env, reject: false })
      return { KUBECONFIG, stdout: asked.stdout, stderr: asked.stderr }
    }
    for (const one of [kubeconfig, direct])
      await expect
        .poll(() => mayEverything(one))
        .toMatchObject({ KUBECONFIG: one, stdout: 'yes', stderr: '' })
    expect(await gatehouse('down')).toMatchObject({ exitCode: 0 })
    expect(await machineState()).toEqual(before)
  })

  // The cluster's own tests kill it while it is being made, and when it is ready.
  test('leaves nothing when its owner is killed', async () => {
    const { up } = await upUntil('All healthy after')
    up.kill('SIGKILL')
    await up
    await expect.poll(machineState, { timeout: 90_000, interval: 1_000 }).toEqual(before)
  })

  test('leaves nothing when Ctrl-C comes while the node is being made', async () => {
    const { up } = await upUntil('Preparing nodes')
    up.kill('SIGINT')
    expect((await up).exitCode).toBe(130)
    expect(await machineState()).toEqual(before)
  })

  /** A configuration with a port of the node that this process has. */
  const takePort = async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port: hostPort } = server.address() as AddressInfo
    const cluster = { kind: { portMappings: [{ containerPort: 30080, hostPort }] } }
    await writeFile(join(directory, 'gatehouse.yaml'), stringify({ cluster }))
    return `127.0.0.1:${hostPort}`
  }

  test('whose port is taken says which, and leaves nothing', async () => {
    const address = await takePort()
    const up = await gatehouse('up', '--cluster', 'kind')
    expect(up.exitCode).toBe(1)
    expect(up.stderr).toContain(
      'a port of the cluster is taken: end what listens on it, or choose another one',
    )
    expect(up.stderr).toContain(address)
    expect(await machineState()).toEqual(before)
  })

  test('leaves the node of a failed start if told to, and removes it with the next one', async () => {
    await takePort()
    const up = await gatehouse('up', '--cluster', 'kind', '--retain')
    expect(up.exitCode).toBe(1)
    const [, node = ''] = /The node (\S+) is kept until the next start/.exec(up.stderr) ?? []
    const state = await machineState()
    expect(state['containers']).toContain(node)
    expect(state['kernel']).toBe(before['kernel'])
    expect(await gatehouse('up', '--cluster', 'kind')).toMatchObject({ exitCode: 1 })
    expect(await machineState()).toEqual(before)
  })
})
