import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Kubectl, kubectlAt } from '../src/test-kubectl.ts'
import { descendantsOf } from './process-tree.ts'

export interface OthersCluster extends AsyncDisposable {
  readonly kubectl: Kubectl
  /** Every process that the owner has started, by pid. */
  readonly processes: () => Promise<number[]>
  /** Ends the owner without a chance to clean up. */
  readonly killOwner: () => void
}

/** Starts an embedded cluster, with data that may be there, that belongs to a process of its own. */
export async function startInAnotherProcess(options: {
  readonly directory: string
  readonly port: number
  readonly kubectl: string
  readonly adminKubeconfig: string
}): Promise<OthersCluster> {
  const { directory, port, kubectl, adminKubeconfig } = options
  const script = join(import.meta.dirname, 'fixtures', 'start-and-wait.ts')
  const owner = spawn(process.execPath, [script, directory, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(owner, 'exit')
  const [line] = (await Promise.race([
    once(createInterface(owner.stdout), 'line'),
    ended.then(() => ['ended before it was ready']),
  ])) as [string]
  if (line !== 'ready') throw new Error(`the owner of the cluster ${line}`)
  const home = await mkdtemp(join(tmpdir(), 'gatehouse-kubectl-'))
  return {
    kubectl: kubectlAt(home, kubectl, adminKubeconfig),
    processes: () => descendantsOf(owner.pid!),
    killOwner: () => void owner.kill('SIGKILL'),
    [Symbol.asyncDispose]: async () => {
      owner.kill('SIGTERM')
      await ended
      await rm(home, { recursive: true })
    },
  }
}
