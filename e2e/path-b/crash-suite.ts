import { access, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { StackStatus } from '@gatehouse/stack/running'
import { describe, expect, test } from 'vitest'
import { statusOf, type TestStack } from './gatehouse.ts'
import { listens, processesAbout, survivorsOf, treeOf } from './processes.ts'

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

/** Each process is killed, and the stack goes on; then it ends in order. */
export function testCrashes(opened: () => TestStack): void {
  describe('a process that is killed', () => {
    /** Every process that the stack ever had. */
    const everSeen = new Set<string>()
    const remember = async () => {
      for (const id of await treeOf(opened().status.pid)) everSeen.add(id)
    }
    const status = () => statusOf(opened().gatehouse)
    /** What the stack has said since it was started; cheaper to ask for than its status. */
    const said = () => readFile(join(opened().directory, 'default', 'up.log'), 'utf8')

    test('is one of these, all of which work', async () => {
      expect((await status()).processes.map(({ name }) => name).toSorted()).toEqual(PROCESSES.toSorted())
      expect(await useEverything(opened(), 'at-first')).toBe('works')
    })

    test.each(PROCESSES)(
      '%s: the stack says so, starts it again and works as before',
      async (name) => {
        const before = find(await status(), name)
        const own = await treeOf(before.pid!)
        await remember()
        const saidBefore = await said()
        process.kill(before.pid!, 'SIGKILL')

        const recovered = new RegExp(
          `^${name} was ended by SIGKILL; it is restarted\\.[^]*^${name}: healthy after`,
          'm',
        )
        await expect
          .poll(async () => (await said()).slice(saidBefore.length), { timeout: 60_000, interval: 100 })
          .toMatch(recovered)
        const works = () => useEverything(opened(), `after-${name}`)
        await expect.poll(works, { timeout: 60_000, interval: 250 }).toBe('works')
        const after = await status()
        expect(find(after, name)).toMatchObject({
          restarts: before.restarts + 1,
          lastExit: 'was ended by SIGKILL',
        })
        expect(after.processes.filter(({ phase }) => phase !== 'healthy')).toEqual([])
        expect(await survivorsOf(own)).toEqual([])
      },
      150_000,
    )

    test('leaves nothing behind after all of that when the stack ends', async () => {
      const { directory, gatehouse } = opened()
      await remember()
      expect(everSeen.size).toBeGreaterThan(PROCESSES.length)
      const ports = Object.values(opened().status.urls).map((url) => Number(new URL(url).port))
      expect(await Promise.all(ports.map(listens))).toEqual(ports.map(() => true))
      expect(await gatehouse('down')).toMatchObject({ exitCode: 0 })
      expect(await survivorsOf(everSeen)).toEqual([])
      expect(await processesAbout(directory)).toEqual([])
      expect(await Promise.all(ports.map(listens))).toEqual(ports.map(() => false))
      const socket = join(directory, 'default', 'control.sock')
      await expect(access(socket)).rejects.toMatchObject({ code: 'ENOENT' })
    })
  })
}

const find = ({ processes }: StackStatus, name: string) => processes.find((process) => process.name === name)!

/**
 * Uses every part: a new login through gateway, dex and generator; kubectl through the proxy; a new namespace
 * with the permission-controller's bindings; a pod that controllers make, the scheduler places and kwok runs.
 * Returns what does not work.
 */
async function useEverything(stack: TestStack, round: string): Promise<string> {
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
