import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { StackStatus } from '@gatehouse/stack/running'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { gatehouseIn, temporaryDirectory } from './gatehouse.ts'

const ROOT = join(import.meta.dirname, '../..')
const CLI = join(ROOT, 'apps/cli/src/main.ts')

/** A command in a process group of its own, with what it has printed so far. */
function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, detached: true })
  const printed = { text: '' }
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed.text += chunk.toString()))
  return { child, printed, closed: once(child, 'close') }
}

/** Ends a whole process group, as Ctrl-C in its terminal does; one that has ended already is fine. */
async function interrupt({ child, closed }: ReturnType<typeof run>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGINT')
  await closed
}

let directory: string
let gatehouse: ReturnType<typeof gatehouseIn>
let up: ReturnType<typeof run>
let dex: ReturnType<typeof run>
beforeAll(async () => {
  directory = await temporaryDirectory()
  gatehouse = gatehouseIn(directory)
  up = run(process.execPath, [CLI, 'up', '--without', 'dex', '--watch'], directory, {
    GATEHOUSE_STATE_DIR: directory,
  })
  const command = await vi.waitUntil(() => /dex is yours to run: pnpm (.*)\n/.exec(up.printed.text)?.[1], {
    timeout: 60_000,
  })
  dex = run('npx', ['-y', 'pnpm@12', ...command.split(' ')], ROOT)
  await vi.waitUntil(
    () => {
      if (dex.child.exitCode !== null) throw new Error(`dex by hand has ended:\n${dex.printed.text}`)
      return up.printed.text.includes('All healthy after')
    },
    { timeout: 90_000 },
  )
})
afterAll(async () => {
  for (const one of [up, dex]) if (one) await interrupt(one)
  await rm(directory, { recursive: true })
})

async function status(): Promise<StackStatus> {
  return JSON.parse((await gatehouse('status', '--json')).stdout) as StackStatus
}

/** The entry of each service, relative to the repository; the rest of a stack's processes are no service of ours. */
const mainOf = (service: string) => `apps/${service}/src/main.ts`

/** Saves a service's entry and waits until it runs anew; how long that took, in milliseconds. */
async function save(service: string): Promise<number> {
  const { restarts } = find(await status(), service)
  const now = new Date()
  // Only the times change: the file is the repository's own.
  await utimes(join(ROOT, mainOf(service)), now, now)
  const restarted = await vi.waitUntil(
    async () => {
      const one = find(await status(), service)
      return one.phase === 'healthy' && one.restarts > restarts && one
    },
    { timeout: 20_000, interval: 50 },
  )
  expect(restarted.restarts).toBe(restarts + 1)
  return restarted.healthyAt! - now.getTime()
}

/** A `kubectl get --watch` that has begun, through the proxy. */
async function startWatch(kubeconfig: string): Promise<AsyncDisposable> {
  const { cluster } = await status()
  const watch = run(cluster!.kubectl, ['--kubeconfig', kubeconfig, 'get', 'namespaces', '--watch'], directory)
  await vi.waitUntil(() => watch.printed.text.includes('kube-system'), { timeout: 20_000 })
  return { [Symbol.asyncDispose]: () => interrupt(watch) }
}

const find = ({ processes }: StackStatus, name: string) => processes.find((process) => process.name === name)!

test('a service that somebody runs by hand is waited for, and works with the rest', async () => {
  const own = find(await status(), 'dex')
  expect(own).toMatchObject({ phase: 'healthy' })
  expect(own).not.toHaveProperty('pid')
  expect(await gatehouse('token', 'admin@kyma.cx')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^ey/),
  })
})

test('a save in the source of a service restarts that service and no other', async () => {
  const before = await status()
  await save('kubeconfig-generator')
  const after = await status()
  const pids = ({ processes }: StackStatus) =>
    processes.filter(({ name }) => name !== 'kubeconfig-generator').map((one) => [one.name, one.pid])
  expect(pids(after)).toEqual(pids(before))
  expect(find(after, 'kubeconfig-generator').pid).not.toBe(find(before, 'kubeconfig-generator').pid)
  expect(await gatehouse('kubeconfig', 'admin@kyma.cx')).toMatchObject({ exitCode: 0 })
})

test('a service is back soon after a save, also while somebody watches', async () => {
  const { processes } = await status()
  const services = processes.filter(({ name, pid }) => pid && existsSync(join(ROOT, mainOf(name))))
  expect(services.length).toBeGreaterThan(3)
  const kubeconfig = join(directory, 'admin.yml')
  expect(await gatehouse('kubeconfig', 'admin@kyma.cx', '-o', kubeconfig)).toMatchObject({ exitCode: 0 })
  const took: string[] = []
  for (const { name } of services) {
    // It may end with the service, which is its right.
    await using _watch = await startWatch(kubeconfig)
    took.push(`${name} ${await save(name)} ms`)
  }
  // How long is not asserted: a machine that does other things takes longer.
  console.info(`from a save to healthy again: ${took.join(', ')}`)
})

test('what somebody runs by hand is not ended with the stack', async () => {
  expect(await gatehouse('down')).toMatchObject({ exitCode: 0 })
  await up.closed
  expect(dex.child).toMatchObject({ exitCode: null, signalCode: null })
  await interrupt(dex)
})
