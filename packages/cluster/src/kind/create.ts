import { join } from 'node:path'
import { createCluster, exportLogs, getNodes, type KindConfiguration } from '@gatehouse/kind'
import { ClusterError } from '../errors.ts'
import { removeNode, type Removal } from './remove.ts'

export interface Creation {
  readonly removal: Removal
  readonly image: string
  readonly configuration: KindConfiguration
  /** Folder for the node's logs when it fails. */
  readonly logs: string
  /** Keeps the node when it fails. */
  readonly retain: boolean
  readonly signal: AbortSignal
  readonly done: (message: string) => void
}

const readyWithinSeconds = 120
const exportWithinMs = 60_000

/**
 * Creates the cluster and runs `complete` on it. When either fails, the node's logs are exported and the node is
 * removed, unless it is to be retained.
 *
 * @throws KindError, ClusterError `ERR_NOT_READY`; both say where the logs are
 */
export async function createNode(creation: Creation, complete: () => Promise<void>): Promise<void> {
  const { removal, image, configuration, retain, signal, done } = creation
  const { kind, name, kubeconfig } = removal
  try {
    const creating = createCluster(kind, {
      name,
      image,
      configuration,
      kubeconfig,
      waitSeconds: readyWithinSeconds,
      // kind would remove the node before its logs could be had.
      retain: true,
      signal,
    })
    for await (const { state, message } of creating) if (state === 'done') done(message)
    await complete()
  } catch (error) {
    const logs = signal.aborted ? undefined : await saveLogs(creation)
    if (!retain) await removeNode(removal, AbortSignal.timeout(exportWithinMs))
    if (logs === undefined || !(error instanceof Error)) throw error
    const left = retain ? ` The node is kept: ${name}-control-plane.` : ''
    throw new ClusterError('ERR_NOT_READY', `${error.message}\nThe logs of the node are in ${logs}.${left}`, {
      cause: error,
    })
  }
}

/** The folder with the logs; undefined when there is no node, or none that answers. */
async function saveLogs({ removal, logs }: Creation): Promise<string | undefined> {
  const { kind, name } = removal
  const signal = AbortSignal.timeout(exportWithinMs)
  try {
    const directory = join(logs, `node-${new Date().toISOString().replaceAll(':', '-')}`)
    if ((await getNodes(kind, { name, signal })).length === 0) return undefined
    await exportLogs(kind, { name, directory, signal })
    return directory
  } catch {
    // The reason of the failure matters more than its logs.
    return undefined
  }
}
