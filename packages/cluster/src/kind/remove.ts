import { rm } from 'node:fs/promises'
import { deleteCluster, getNodes, type Kind } from '@gatehouse/kind'
import { readKernelSettings } from './created.ts'
import { type Engine, docker, removeNetwork } from './engine.ts'
import { restoreKernelSettings } from './host.ts'

/** What a removal needs to know; plain data, since another process may do it. */
export interface Removal {
  readonly kind: Kind
  /** Of the kind cluster and of its network. */
  readonly name: string
  readonly kubeconfig: string
  readonly created: string
  readonly kernelSettings: string
}

/**
 * Removes the cluster with all that it changed: the kernel's settings are put back, the node, its volumes and
 * the network are deleted. What is not there is fine.
 *
 * @throws KindError, ClusterError `ERR_ENGINE`
 */
export async function removeCluster(removal: Removal, signal: AbortSignal): Promise<void> {
  await removeNode(removal, signal)
  await removeNetwork({ env: removal.kind.env, signal }, removal.name)
}

/** Removes the cluster, but for its network: whoever listens on the gateway's address goes on doing so. */
export async function removeNode(removal: Removal, signal: AbortSignal): Promise<void> {
  const { kind, name, kubeconfig } = removal
  const engine: Engine = { env: kind.env, signal }
  const [node] = await getNodes(kind, { name, signal })
  const settings = await readKernelSettings(removal.kernelSettings)
  if (node !== undefined) {
    // A node that ended can't be told; then there is nothing that could.
    const running = await docker(engine, 'container', 'inspect', '--format={{.State.Running}}', node)
    if (running === 'true') await restoreKernelSettings(engine, node, settings)
  }
  await rm(removal.created, { force: true })
  await deleteCluster(kind, { name, kubeconfig, signal })
  await rm(removal.kernelSettings, { force: true })
}
