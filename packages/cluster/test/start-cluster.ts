import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Supervisor } from '@gatehouse/supervisor'
import { execa } from 'execa'
import { freePort } from '../src/free-port.ts'
import type { Cluster, ClusterOptions, ClusterProgress, ClusterProvider } from '../src/index.ts'

/** Longer than a start takes on a loaded machine; a start that hangs says what it waits for before. */
export const START_WITHIN_MS = 90_000

export interface StartedCluster extends AsyncDisposable {
  readonly cluster: Cluster
  readonly supervisor: Supervisor
  readonly directory: string
  readonly port: number
  readonly progress: readonly ClusterProgress[]
  /** Runs kubectl as the administrator, or with `kubeconfig`. Never rejects for a failing command. */
  readonly kubectl: (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>
  /** Ends the cluster's processes and leaves its directory. */
  readonly stop: () => Promise<void>
}

export interface KubectlOptions {
  readonly kubeconfig?: string
  readonly env?: Record<string, string>
  readonly input?: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface KubectlResult {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** A cluster of `provider` in a temporary directory (or the given one, which stays). */
export async function startCluster(
  provider: ClusterProvider,
  options: Partial<ClusterOptions> = {},
): Promise<StartedCluster> {
  const given = options.directory
  const directory = given ?? (await mkdtemp(join(tmpdir(), 'gatehouse-cluster-')))
  const supervisor = options.supervisor ?? new Supervisor()
  const port = options.apiserver?.port ?? (await freePort())
  const progress: ClusterProgress[] = []
  const stop = async () => {
    await supervisor.stop()
  }
  const dispose = async () => {
    await stop()
    if (given === undefined) await rm(directory, { recursive: true, force: true })
  }
  try {
    const cluster = await provider.start({
      name: 'test',
      directory,
      apiserver: { host: '127.0.0.1', port },
      supervisor,
      env: process.env,
      signal: AbortSignal.timeout(START_WITHIN_MS),
      onProgress: (step) => progress.push(step),
      ...options,
    })
    return {
      cluster,
      supervisor,
      directory,
      port,
      progress,
      kubectl: (args, kubectlOptions) => runKubectl(cluster, args, kubectlOptions),
      stop,
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

async function runKubectl(
  cluster: Cluster,
  args: readonly string[],
  { kubeconfig = cluster.adminKubeconfig, env = {}, input, timeoutMs = 70_000, signal }: KubectlOptions = {},
): Promise<KubectlResult> {
  const { exitCode, stdout, stderr } = await execa(cluster.kubectl, ['--kubeconfig', kubeconfig, ...args], {
    env: { HOME: '/nonexistent', ...env },
    extendEnv: false,
    reject: false,
    timeout: timeoutMs,
    ...(signal ? { cancelSignal: signal } : {}),
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  })
  return { exitCode, stdout, stderr }
}

/** Runs kubectl, and gives what it wrote to stdout; fails with what it wrote to stderr. */
export async function kubectlOutput(
  { kubectl }: StartedCluster,
  args: readonly string[],
  options?: KubectlOptions,
): Promise<string> {
  const { exitCode, stdout, stderr } = await kubectl(args, options)
  if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${exitCode}: ${stderr}`)
  return stdout
}

/** Creates the objects in a YAML or JSON text. */
export async function apply(started: StartedCluster, manifest: string): Promise<void> {
  await kubectlOutput(started, ['apply', '-f', '-'], { input: manifest })
}

/**
 * Skips a test where this machine gives the cluster no exec, and says why; a CI that was told to run
 * everything (`CI` is set) fails instead.
 */
export function needsExec({ cluster }: StartedCluster, { skip }: { skip: (note: string) => void }): void {
  if (cluster.exec.available) return
  const { reason } = cluster.exec
  if (process.env['CI']) throw new Error(`exec must be tested here, but is off: ${reason}`)
  skip(reason)
}

/** Creates a pod with one container in the namespace default and waits until it is ready. */
export async function runPod(started: StartedCluster, name: string, image = 'none'): Promise<void> {
  await apply(
    started,
    `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {containers: [{name: main, image: "${image}"}]}}`,
  )
  await kubectlOutput(started, ['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s'])
}
