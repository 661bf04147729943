import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../src/free-port.ts'
import { embeddedProvider } from '../src/index.ts'
import {
  apply,
  kubectlOutput,
  START_WITHIN_MS,
  startTestCluster,
  type TestCluster,
} from '../src/test-cluster.ts'
import { runPod } from './pods.ts'
import { alive, descendantsOf } from './process-tree.ts'

const provider = embeddedProvider()
/** Six that are supervised, and below the one named kwok: unshare and kwok itself. */
const WITH_SANDBOX = 8
/** Without the kubelet endpoint, and kwok by itself. */
const WITHOUT_SANDBOX = 5
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-cluster-life-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})

async function readPorts(of: string): Promise<Record<string, number>> {
  return JSON.parse(await readFile(join(of, 'ports.json'), 'utf8')) as Record<string, number>
}

async function listenOn(port: number): Promise<AsyncDisposable> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Everything of a cluster by pid, without the test's own kubectl. */
async function processesOf({ supervisor }: TestCluster): Promise<number[]> {
  const roots = supervisor.states().map(({ pid }) => pid!)
  return [...roots, ...(await Promise.all(roots.map(descendantsOf))).flat()]
}

test(
  'a second start finds the data, the credentials and the tokens of the first, on free ports',
  { timeout: 3 * START_WITHIN_MS },
  async () => {
    const first = await startTestCluster(provider, { directory })
    await runPod(first, 'web')
    await apply(first, '{apiVersion: v1, kind: ConfigMap, metadata: {name: kept}, data: {key: value}}')
    const { stdout: token } = await first.kubectl(['create', 'token', 'default'])
    const admin = await readFile(first.cluster.adminKubeconfig, 'utf8')
    const ports = await readPorts(directory)

    const processes = await processesOf(first)
    expect(processes).toHaveLength(first.cluster.exec.available ? WITH_SANDBOX : WITHOUT_SANDBOX)
    await first[Symbol.asyncDispose]()
    expect(await alive(processes)).toEqual([])
    expect(await readFile('/proc/mounts', 'utf8').catch(() => 'no /proc here')).not.toContain(directory)

    await using _etcdPort = await listenOn(ports['etcdClients']!)
    await using _kubeletPort = await listenOn(ports['kubelet']!)
    await using second = await startTestCluster(provider, {
      directory,
      apiserver: { host: '127.0.0.1', port: first.port },
    })
    const { stdout: kept } = await second.kubectl(['get', 'configmap', 'kept', '-o', 'jsonpath={.data.key}'])
    expect(kept).toBe('value')
    expect(await readFile(second.cluster.adminKubeconfig, 'utf8')).toBe(admin)
    const { stdout: who } = await second.kubectl(
      ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'],
      {
        kubeconfig: await tokenKubeconfig(second, token),
      },
    )
    expect(who).toBe('system:serviceaccount:default:default')
    // kwok's endpoint has moved, and the API server must know where.
    expect(await kubectlOutput(second, ['logs', 'web'])).toContain('kwok plays the kubelet')

    const moved = await readPorts(directory)
    expect(moved['etcdClients']).not.toBe(ports['etcdClients'])
    expect(moved['kubelet']).not.toBe(ports['kubelet'])
    expect(moved['scheduler']).toBe(ports['scheduler'])
  },
)

async function tokenKubeconfig({ cluster, directory: at }: TestCluster, token: string): Promise<string> {
  const { buildKubeconfig, writeKubeconfig } = await import('@gatehouse/kubeconfig')
  const file = join(at, 'kubeconfigs', 'token.yaml')
  const { server, certificateAuthority } = cluster
  await writeKubeconfig(
    file,
    buildKubeconfig({
      cluster: { name: 'test', server, certificateAuthority },
      user: { name: 'token', token },
    }),
  )
  return file
}

test(
  'two clusters run at once; a crash is told with the last log lines; exec can be off',
  { timeout: 3 * START_WITHIN_MS },
  async () => {
    const [one, other] = await Promise.all([
      startTestCluster(provider),
      startTestCluster(embeddedProvider({ exec: 'off' })),
    ])
    await using _one = one
    await using _other = other

    await runPod(one, 'only-here')
    await runPod(other, 'web')
    expect((await other.kubectl(['get', 'pods', '-o', 'name'])).stdout).toBe('pod/web')
    const foreign = await other.kubectl(['get', 'pods'], { kubeconfig: one.cluster.adminKubeconfig })
    expect(foreign.stdout).toContain('only-here')

    expect(other.cluster.exec).toEqual({ available: false, reason: 'exec is switched off' })
    expect((await other.kubectl(['logs', 'web'])).stdout).toContain('kwok plays the kubelet')
    for (const command of [
      ['exec', 'web', '--', 'id'],
      ['attach', 'web'],
    ]) {
      expect(await other.kubectl(command)).toMatchObject({ exitCode: 1, stdout: '' })
    }

    const crashed = once(one.supervisor, 'crash')
    const { pid } = one.supervisor.states().find(({ name }) => name === 'kube-scheduler')!
    process.kill(pid!, 'SIGKILL')
    const [state, tail] = (await crashed) as [{ name: string; lastExit: string }, string[]]
    expect(state).toMatchObject({ name: 'kube-scheduler', lastExit: 'was ended by SIGKILL' })
    expect(tail.length).toBeGreaterThan(0)
    await expect
      .poll(() => one.supervisor.states().find(({ name }) => name === 'kube-scheduler')?.phase, {
        timeout: 20_000,
      })
      .toBe('healthy')
    await runPod(one, 'scheduled-after-the-crash')
  },
)

test.runIf(process.platform === 'linux')(
  'nothing outlives a supervisor that is killed (Linux: its kernel ends the children)',
  { timeout: 2 * START_WITHIN_MS },
  async () => {
    const state = await mkdtemp(join(tmpdir(), 'gatehouse-cluster-killed-'))
    const port = await freePort()
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'fixtures', 'start-and-wait.ts'), state, String(port)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    try {
      const [line] = (await Promise.race([
        once(createInterface(child.stdout), 'line'),
        once(child, 'exit').then(() => ['ended before it was ready']),
      ])) as [string]
      expect(line).toBe('ready')
      const processes = await descendantsOf(child.pid!)
      expect([WITH_SANDBOX, WITHOUT_SANDBOX]).toContain(processes.length)
      child.kill('SIGKILL')
      await expect.poll(() => alive(processes)).toEqual([])
    } finally {
      child.kill('SIGKILL')
      await rm(state, { recursive: true, force: true })
    }
  },
)

test('a start that cannot succeed says why, and ends what it started', async () => {
  const port = await freePort()
  await using _taken = await listenOn(port)
  // At different moments of a start, whose directory can be removed each time.
  for (const milliseconds of [5, 50, 100, 300]) {
    const signal = AbortSignal.timeout(milliseconds)
    await expect(
      startTestCluster(provider, { apiserver: { host: '127.0.0.1', port }, signal }),
    ).rejects.toThrow(/timeout|abort/i)
  }
  await expect(
    startTestCluster(provider, {
      name: 'Not A Label',
      directory: 'here',
      apiserver: { host: '127.0.0.1', port: 0 },
    }),
  ).rejects.toThrow(/name "Not A Label".*directory "here".*apiserver\.port 0/)
})
