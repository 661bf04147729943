import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { StackStatus } from '@gatehouse/stack/running'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestStack, type TestStack } from './gatehouse.ts'
import { survivorsOf, treeOf } from './processes.ts'

/** Everything that the table of processes shows, in its order. */
const PROCESSES = [
  'dex',
  'kubeconfig-generator',
  'console',
  'ingress-gateway',
  'etcd',
  'kube-apiserver',
  'kubelet-endpoint',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'apiserver-proxy',
  'permission-controller',
]

let stack: TestStack
/** Every process that the stack ever had. */
const everSeen = new Set<string>()
beforeAll(async () => {
  stack = await startTestStack()
})
afterAll(() => stack?.[Symbol.asyncDispose]())

async function status(): Promise<StackStatus> {
  return JSON.parse((await stack.gatehouse('status', '--json')).stdout) as StackStatus
}

async function processOf(name: string) {
  return (await status()).processes.find((process) => process.name === name)!
}

/**
 * Uses every part: a new login through gateway, dex and generator; kubectl through the proxy; a new namespace
 * with the permission-controller's bindings; a pod that controllers make, the scheduler places and kwok runs.
 * Returns what does not work.
 */
async function useEverything(round: string): Promise<string> {
  const file = join(stack.directory, `${round}.yml`)
  await rm(file, { force: true })
  const login = await stack.gatehouse('kubeconfig', 'namespace.admin@kyma.cx', '-o', file)
  if (login.exitCode !== 0) return login.stderr
  const admin = stack.terminalAt(file)
  const steps = [
    ['create', 'namespace', round],
    ['create', 'deployment', 'hello', '--image=nginx:1.29', '-n', round],
    ['rollout', 'status', 'deployment/hello', '-n', round, '--timeout=30s'],
    ['exec', 'deployment/hello', '-n', round, '--', 'true'],
  ]
  for (const step of steps) {
    const ended = await admin.kubectl(...step)
    const isDone = ended.exitCode === 0 || /AlreadyExists/.test(ended.stderr)
    if (!isDone) return `kubectl ${step.join(' ')}: ${ended.stderr}`
  }
  return 'works'
}

test('the stack has the processes that are killed below, and works', async () => {
  expect((await status()).processes.map(({ name }) => name).toSorted()).toEqual(PROCESSES.toSorted())
  expect(await useEverything('at-first')).toBe('works')
})

test.each(PROCESSES)(
  '%s is killed: the stack says so, starts it again and works as before',
  async (name) => {
    const before = await processOf(name)
    const own = await treeOf(before.pid!)
    for (const id of await treeOf(stack.status.pid)) everSeen.add(id)
    process.kill(before.pid!, 'SIGKILL')

    await expect
      .poll(() => processOf(name), { timeout: 60_000, interval: 100 })
      .toMatchObject({
        phase: 'healthy',
        restarts: before.restarts + 1,
        lastExit: 'was ended by SIGKILL',
      })
    await expect.poll(() => useEverything(`after-${name}`), { timeout: 60_000, interval: 250 }).toBe('works')
    const { processes } = await status()
    expect(processes.filter(({ phase }) => phase !== 'healthy')).toEqual([])
    const said = await readFile(join(stack.directory, 'default', 'up.log'), 'utf8')
    expect(said).toContain(`${name} was ended by SIGKILL; it is restarted.`)
    expect(await survivorsOf(own)).toEqual([])
  },
  150_000,
)

test('after all of that, the end leaves nothing behind', async () => {
  for (const id of await treeOf(stack.status.pid)) everSeen.add(id)
  expect(everSeen.size).toBeGreaterThan(PROCESSES.length)
  expect(await stack.gatehouse('down')).toMatchObject({ exitCode: 0 })
  expect(await survivorsOf(everSeen)).toEqual([])
})
