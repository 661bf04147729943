import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../src/free-port.ts'
import { embeddedProvider } from '../src/index.ts'
import {
  apply,
  kubectlOutput,
  START_WITHIN_MS,
  startTestCluster,
  type TestCluster,
} from '../src/test-cluster.ts'
import { type OthersCluster, startInAnotherProcess } from './cluster-of-another-process.ts'
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

// In the order of its life: it is started, ended in order, started again, and its owner is killed.
describe('the life of a cluster', () => {
  let again: OthersCluster
  afterAll(() => again?.[Symbol.asyncDispose]())

  test(
    'a second start finds the data, the credentials and the tokens of the first, on free ports',
    { timeout: 3 * START_WITHIN_MS },
    async () => {
      const first = await startTestCluster(provider, { directory })
      const { kubectl, adminKubeconfig } = first.cluster
      await runPod(first, 'web')
      await apply(first, '{apiVersion: v1, kind: ConfigMap, metadata: {name: kept}, data: {key: value}}')
      const { stdout: token } = await first.kubectl(['create', 'token', 'default'])
      const admin = await readFile(adminKubeconfig, 'utf8')
      const ports = await readPorts(directory)

      const processes = await processesOf(first)
      expect(processes).toHaveLength(first.cluster.exec.available ? WITH_SANDBOX : WITHOUT_SANDBOX)
      await first[Symbol.asyncDispose]()
      expect(await alive(processes)).toEqual([])
      expect(await readFile('/proc/mounts', 'utf8').catch(() => 'no /proc here')).not.toContain(directory)

      await using _etcdPort = await listenOn(ports['etcdClients']!)
      await using _kubeletPort = await listenOn(ports['kubelet']!)
      again = await startInAnotherProcess({ directory, port: first.port, kubectl, adminKubeconfig })
      const { stdout: kept } = await again.kubectl(['get', 'configmap', 'kept', '-o', 'jsonpath={.data.key}'])
      expect(kept).toBe('value')
      expect(await readFile(adminKubeconfig, 'utf8')).toBe(admin)
      const { stdout: who } = await again.kubectl(
        ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'],
        { kubeconfig: await tokenKubeconfig(first, token) },
      )
      expect(who).toBe('system:serviceaccount:default:default')
      // kwok's endpoint has moved, and the API server must know where.
      expect(await kubectlOutput(again, ['logs', 'web'])).toContain('kwok plays the kubelet')

      const moved = await readPorts(directory)
      expect(moved['etcdClients']).not.toBe(ports['etcdClients'])
      expect(moved['kubelet']).not.toBe(ports['kubelet'])
      expect(moved['scheduler']).toBe(ports['scheduler'])
    },
  )

  test(
    'another runs at the same time; a crash is told with the last log lines; exec can be off',
    { timeout: 2 * START_WITHIN_MS },
    async () => {
      await using other = await startTestCluster(embeddedProvider({ exec: 'off' }))
      await runPod(again, 'only-here')
      await runPod(other, 'web')
      expect((await other.kubectl(['get', 'pods', '-o', 'name'])).stdout).toBe('pod/web')
      expect((await again.kubectl(['get', 'pods', '-o', 'name'])).stdout).toContain('pod/only-here')

      expect(other.cluster.exec).toEqual({ available: false, reason: 'exec is switched off' })
      expect((await other.kubectl(['logs', 'web'])).stdout).toContain('kwok plays the kubelet')
      for (const command of [
        ['exec', 'web', '--', 'id'],
        ['attach', 'web'],
      ]) {
        expect(await other.kubectl(command)).toMatchObject({ exitCode: 1, stdout: '' })
      }

      const scheduler = () => other.supervisor.states().find(({ name }) => name === 'kube-scheduler')!
      const crashed = once(other.supervisor, 'crash')
      process.kill(scheduler().pid!, 'SIGKILL')
      const [state, tail] = (await crashed) as [{ name: string; lastExit: string }, string[]]
      expect(state).toMatchObject({ name: 'kube-scheduler', lastExit: 'was ended by SIGKILL' })
      expect(tail.length).toBeGreaterThan(0)
      await expect.poll(() => scheduler().phase).toBe('healthy')
      await runPod(other, 'scheduled-after-the-crash')
    },
  )

  test.runIf(process.platform === 'linux')(
    'nothing outlives a supervisor that is killed (Linux: its kernel ends the children)',
    async () => {
      const processes = await again.processes()
      expect([WITH_SANDBOX, WITHOUT_SANDBOX]).toContain(processes.length)
      again.killOwner()
      await expect.poll(() => alive(processes)).toEqual([])
    },
  )
})

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
