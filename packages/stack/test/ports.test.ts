import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { releasePorts } from '@gatehouse/cluster/port-claims'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { choosePorts, DEFAULT_PORTS, portPreferences } from '../src/ports.ts'
import { createStateDirectory, type StateDirectory, stateDirectory } from '../src/state-directory.ts'

let root: string
let state: StateDirectory
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatehouse-ports-'))
  state = stateDirectory(root, 'default')
  await createStateDirectory(state)
})
afterEach(async () => {
  releasePorts(state.root)
  await rm(root, { recursive: true })
})

async function takePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => void (await new Promise((r) => server.close(r))),
  }
}

test('the configured port is tried first, then the one of the last start, then the default', () => {
  const { dex, apiserver } = portPreferences({ dex: 1111 }, { dex: 2222, apiserver: 3333 })
  expect(dex).toEqual([1111, 2222, DEFAULT_PORTS.dex])
  expect(apiserver).toEqual([3333, DEFAULT_PORTS.apiserver])
})

test('a taken port falls back to a free one, and the choice is remembered', async () => {
  await using taken = await takePort()
  const first = await choosePorts(state, { dex: taken.port })
  expect(first.dex).not.toBe(taken.port)
  expect(new Set(Object.values(first)).size).toBe(Object.keys(DEFAULT_PORTS).length)
  expect(JSON.parse(await readFile(state.portsFile, 'utf8'))).toEqual(first)
})

test('a port from the last start is taken again', async () => {
  const free = await takePort()
  await free[Symbol.asyncDispose]()
  await writeFile(state.portsFile, JSON.stringify({ dex: free.port }))
  expect((await choosePorts(state, {})).dex).toBe(free.port)
})

test.runIf(process.platform === 'linux')(
  'stacks that start at once choose different ports, although none listens yet',
  async () => {
    const free = await takePort()
    await free[Symbol.asyncDispose]()
    const script = join(import.meta.dirname, 'choose-ports.ts')
    const starting = ['blue', 'green', 'red'].map((name) =>
      spawn(process.execPath, [script, root, name, String(free.port)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    )
    const chosen = await Promise.all(
      starting.map(async ({ stdout }) => {
        const [line] = (await once(stdout, 'data')) as [Buffer]
        return JSON.parse(line.toString()) as Record<string, number>
      }),
    )
    for (const process of starting) process.stdin.end()
    await Promise.all(starting.map((process) => once(process, 'close')))
    const ports = chosen.flatMap((one) => Object.values(one))
    expect(new Set(ports).size).toBe(ports.length)
    expect(chosen.filter(({ dex }) => dex === free.port)).toHaveLength(1)
  },
)

test('a damaged file of ports is said to be damaged', async () => {
  await writeFile(state.portsFile, '{')
  await expect(choosePorts(state, {})).rejects.toThrow(/ports\.json is not JSON; delete it/)
})
