import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestCluster } from '../src/test-cluster.ts'
import { environmentOfKubectl } from '../src/test-kubectl.ts'

export interface PortForward extends AsyncDisposable {
  /** http URL of the local end. */
  readonly url: string
}

/** `kubectl port-forward` from a free local port to `port` of a pod. */
export async function portForward(
  { cluster, home }: TestCluster,
  pod: string,
  port: number,
): Promise<PortForward> {
  const child = spawn(
    cluster.kubectl,
    [
      '--kubeconfig',
      cluster.adminKubeconfig,
      'port-forward',
      '--address=127.0.0.1',
      `pod/${pod}`,
      `:${port}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: environmentOfKubectl(home) },
  )
  const exited = once(child, 'exit')
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line') as Promise<[string]>,
    exited.then(() => Promise.reject(new Error('kubectl port-forward ended at once'))),
  ])
  const local = /127\.0\.0\.1:(\d+)/.exec(line)?.[1]
  if (!local) throw new Error(`kubectl port-forward said: ${line}`)
  return {
    url: `http://127.0.0.1:${local}/`,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await exited
    },
  }
}
