import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Supervisor } from '@gatehouse/supervisor'
import { embeddedProvider } from './embedded/embedded.ts'
import { freePort } from './free-port.ts'
import type { Cluster, ClusterOptions, ClusterProgress, ClusterProvider } from './provider.ts'
import { type Kubectl, kubectlAt } from './test-kubectl.ts'

export {
  apply,
  environmentOfKubectl,
  type Kubectl,
  kubectlOutput,
  type KubectlResult,
  remove,
} from './test-kubectl.ts'

/** Longer than a start takes on a loaded machine; a start that hangs says what it waits for before. */
export const START_WITHIN_MS = 90_000

export interface TestCluster extends AsyncDisposable {
  readonly cluster: Cluster
  readonly supervisor: Supervisor
  /** The cluster's own. */
  readonly directory: string
  /** For the test's files, and the home of its kubectl; removed at the end. */
  readonly home: string
  readonly port: number
  readonly progress: readonly ClusterProgress[]
  readonly kubectl: Kubectl
}

export type TestClusterOptions = Partial<Omit<ClusterOptions, 'apiserver'>> & {
  readonly apiserver?: Partial<ClusterOptions['apiserver']>
}

/** A cluster, embedded and without exec unless told otherwise, in a temporary directory (or the given one, which stays). */
export async function startTestCluster(
  provider: ClusterProvider = embeddedProvider({ exec: 'off' }),
  { apiserver = {}, ...options }: TestClusterOptions = {},
): Promise<TestCluster> {
  const temporary = await mkdtemp(join(tmpdir(), 'gatehouse-cluster-'))
  const { directory = join(temporary, 'cluster'), supervisor = new Supervisor() } = options
  const home = join(temporary, 'home')
  await mkdir(home)
  const port = apiserver.port ?? (await freePort())
  const progress: ClusterProgress[] = []
  const dispose = async () => {
    await supervisor.stop()
    await rm(temporary, { recursive: true, force: true })
  }
  try {
    const cluster = await provider.start({
      name: 'test',
      env: process.env,
      signal: AbortSignal.timeout(START_WITHIN_MS),
      onProgress: (step) => progress.push(step),
      ...options,
      directory,
      supervisor,
      apiserver: { host: '127.0.0.1', ...apiserver, port },
    })
    return {
      cluster,
      supervisor,
      directory,
      home,
      port,
      progress,
      kubectl: kubectlAt(home, cluster.kubectl, cluster.adminKubeconfig),
      [Symbol.asyncDispose]: async () => {
        await cluster[Symbol.asyncDispose]()
        await dispose()
      },
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

/**
 * Skips a test where this machine gives the cluster no exec, and says why; a CI that was told to run
 * everything (`CI` is set) fails instead.
 */
export function needsExec({ exec }: Cluster, { skip }: { skip: (note: string) => void }): void {
  if (exec.available) return
  if (process.env['CI']) throw new Error(`exec must be tested here, but is off: ${exec.reason}`)
  skip(exec.reason)
}
