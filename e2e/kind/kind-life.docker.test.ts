import { rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { machineState } from '@gatehouse/cluster/test-machine'
import { execa } from 'execa'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { CLI, gatehouseIn, temporaryDirectory } from '@gatehouse/e2e-path-b/gatehouse'

/** A stack on kind that comes to nothing leaves nothing on the machine. */
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

  test('whose port is taken leaves its node if told to; the next one removes it, says which, and leaves nothing', async () => {
    const address = await takePort()
    const up = await gatehouse('up', '--cluster', 'kind', '--retain')
    expect(up.exitCode).toBe(1)
    const [, node = ''] = /The node (\S+) is kept until the next start/.exec(up.stderr) ?? []
    const state = await machineState()
    expect(state['containers']).toContain(node)
    expect(state['kernel']).toBe(before['kernel'])
    const next = await gatehouse('up', '--cluster', 'kind')
    expect(next.exitCode).toBe(1)
    expect(next.stderr).toContain(
      'a port of the cluster is taken: end what listens on it, or choose another one',
    )
    expect(next.stderr).toContain(address)
    expect(await machineState()).toEqual(before)
  })
})
