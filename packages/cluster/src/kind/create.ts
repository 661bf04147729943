import { join } from 'node:path'
import { createCluster, exportLogs, getNodes, type KindConfiguration, KindError } from '@gatehouse/kind'
import { ClusterError } from '../errors.ts'
import type { Obstacle } from './host.ts'
import { removeNode, type Removal, retainNode } from './remove.ts'

export interface Creation {
  readonly removal: Removal
  readonly image: string
  readonly configuration: KindConfiguration
  readonly obstacle: Obstacle | undefined
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
  const { removal, image, configuration, obstacle, retain, signal, done } = creation
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
    const isRetained = retain && !signal.aborted
    const logs = signal.aborted ? undefined : await saveLogs(creation)
    await (isRetained ? retainNode : removeNode)(removal, AbortSignal.timeout(exportWithinMs))
    const node = `${name}-control-plane`
    const notes = [
      ...(logs === undefined ? [] : [`The logs of the node are in ${logs}.`]),
      ...(obstacle && isUnexplained(error) ? [`It may be that ${obstacle.problem}: ${obstacle.remedy}`] : []),
      ...(isRetained
        ? [`The node ${node} is kept until the next start; docker rm --force --volumes ${node} removes it.`]
        : []),
    ]
    if (notes.length === 0 || signal.aborted || !(error instanceof Error)) throw error
    throw new ClusterError('ERR_NOT_READY', [error.message, ...notes].join('\n'), { cause: error })
  }
}

/** kind or docker have not named a reason that we know. */
function isUnexplained(error: unknown): boolean {
  return !(error instanceof KindError) || error.code === 'ERR_COMMAND' || error.code === 'ERR_NOT_READY'
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
