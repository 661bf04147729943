import { access, readdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { StackStatus } from '@gatehouse/stack/running'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CLI, gatehouseIn, temporaryDirectory } from './gatehouse.ts'

let directory: string
let gatehouse: ReturnType<typeof gatehouseIn>
beforeEach(async () => {
  directory = await temporaryDirectory()
  gatehouse = gatehouseIn(directory)
})
afterEach(async () => {
  await gatehouse('down')
  await rm(directory, { recursive: true })
})

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

/** The processes whose command line or working directory names the test's directory. */
async function processesOf(path: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-eo', 'pid=,stat=,args='])
  return stdout.split('\n').filter((line) => line.includes(path) && !/^\s*\d+ Z/.test(line))
}

test('a bad configuration is reported whole, with exit code 2, and nothing is started', async () => {
  await writeFile(
    join(directory, 'gatehouse.yaml'),
    'domain: Not A Host\ncluster: { provider: magic }\nports: { dex: 99999 }\nidentity: { usres: [] }\n',
  )
  const result = await gatehouse('up')
  expect(result.exitCode).toBe(2)
  for (const path of ['/domain', '/cluster/provider', '/ports/dex', '/identity/usres']) {
    expect(result.stderr).toContain(path)
  }
  expect(await readdir(directory)).toEqual(['gatehouse.yaml'])
})

test('an unknown option is a usage error with exit code 2', async () => {
  const result = await gatehouse('up', '--no-such-option')
  expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--no-such-option') })
})

test('commands about a stack that does not run say so', async () => {
  expect(await gatehouse('status')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('no stack named "default" is running'),
  })
  expect(await gatehouse('down')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('No stack named'),
  })
})

test('a start, a second start, an end, and a start with the data that was kept', async () => {
  expect(await gatehouse('up', '--detach')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('All healthy after'),
  })
  const status = JSON.parse((await gatehouse('status', '--json')).stdout) as StackStatus
  expect(status.phase).toBe('running')
  expect(new Set(status.processes.map((process) => process.phase))).toEqual(new Set(['healthy']))
  const ports = Object.values(status.urls).map((url) => Number(new URL(url).port))
  expect(await Promise.all(ports.map(listens))).toEqual(ports.map(() => true))

  const second = await gatehouse('up', '--detach')
  expect(second).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is already running') })

  const { stdout: before } = await gatehouse('password', 'admin@kyma.cx')
  const kubeconfig = join(directory, 'kubeconfig.yml')
  expect(await gatehouse('kubeconfig', 'admin@kyma.cx', '-o', kubeconfig)).toMatchObject({ exitCode: 0 })
  const kubectl = (...args: string[]) =>
    execa(status.cluster!.kubectl, args, {
      env: { KUBECONFIG: kubeconfig, HOME: directory },
      extendEnv: false,
      reject: false,
    })
  expect(await kubectl('create', 'namespace', 'kept')).toMatchObject({ exitCode: 0 })
  expect(await gatehouse('down')).toMatchObject({ exitCode: 0 })
  expect(await Promise.all(ports.map(listens))).toEqual(ports.map(() => false))
  expect(await processesOf(directory)).toEqual([])
  await expect(access(join(directory, 'default', 'control.sock'))).rejects.toMatchObject({ code: 'ENOENT' })

  expect(await gatehouse('up', '--detach')).toMatchObject({ exitCode: 0 })
  const again = JSON.parse((await gatehouse('status', '--json')).stdout) as StackStatus
  expect(again.urls).toEqual(status.urls)
  expect((await gatehouse('password', 'admin@kyma.cx')).stdout).toBe(before)
  // The same file, so dex has kept its keys as well.
  expect(await kubectl('get', 'namespace', 'kept', '-o', 'name')).toMatchObject({ stdout: 'namespace/kept' })
})

test('no process survives a stack whose owner is killed', async () => {
  await gatehouse('up', '--detach')
  const { pid } = JSON.parse((await gatehouse('status', '--json')).stdout) as StackStatus
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => processesOf(directory)).toEqual([])
  expect(await gatehouse('up', '--detach')).toMatchObject({ exitCode: 0 })
})

test('Ctrl-C ends a stack in the foreground with exit code 0, and nothing survives', async () => {
  const up = execa(process.execPath, [CLI, 'up'], {
    cwd: directory,
    env: { GATEHOUSE_STATE_DIR: directory },
    reject: false,
    all: true,
  })
  let output = ''
  up.all.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await expect.poll(() => output, { timeout: 90_000 }).toContain('All healthy after')
  up.kill('SIGINT')
  expect(await up).toMatchObject({ exitCode: 0 })
  expect(output).toContain('Everything has ended.')
  // Not a terminal: no colours, no cursor movement.
  expect(output).not.toContain('\u001B')
  expect(await processesOf(directory)).toEqual([])
})
