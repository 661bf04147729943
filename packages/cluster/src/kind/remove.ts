import { rm } from 'node:fs/promises'
import { deleteCluster, type Kind } from '@gatehouse/kind'
import { writePrivateFile } from '@gatehouse/private-files'
import { readKernelSettings } from './created.ts'
import { type Engine, removeNetwork } from './engine.ts'
import { restoreKernelSettings } from './host.ts'

/** What a removal needs to know; plain data, since another process may do it. */
export interface Removal {
  readonly kind: Kind
  /** Of the kind cluster and of its network. */
  readonly name: string
  /** The node image, which the engine has. */
  readonly image: string
  readonly kubeconfig: string
  readonly created: string
  readonly kernelSettings: string
  /** A file that is there when the keeper is to leave the node. */
  readonly retained: string
}

/**
 * Removes the cluster with all that it changed: the node, its volumes and the network are deleted, and the
 * kernel's settings are put back. What is not there is fine.
 *
 * @throws KindError, ClusterError `ERR_ENGINE`
 */
export async function removeCluster(removal: Removal, signal: AbortSignal): Promise<void> {
  await removeNode(removal, signal)
  await removeNetwork({ env: removal.kind.env, signal }, removal.name)
  await rm(removal.kernelSettings, { force: true })
}

/**
 * Removes the cluster, but for its network, so that whoever listens on the gateway's address goes on doing so.
 * The record of the kernel's settings stays, too.
 */
export async function removeNode(removal: Removal, signal: AbortSignal): Promise<void> {
  const { kind, name, kubeconfig, image } = removal
  const engine: Engine = { env: kind.env, signal }
  await rm(removal.created, { force: true })
  await deleteCluster(kind, { name, kubeconfig, signal })
  // Not before: a node that is just starting would set them again.
  await restoreKernelSettings(engine, { image }, await readKernelSettings(removal.kernelSettings))
}

/** Leaves the node of a failed start, for somebody to look into, but nothing else that it changed. */
export async function retainNode(removal: Removal, signal: AbortSignal): Promise<void> {
  const { kind, image, retained, kernelSettings } = removal
  await writePrivateFile(retained, '')
  const engine: Engine = { env: kind.env, signal }
  await restoreKernelSettings(engine, { image }, await readKernelSettings(kernelSettings))
}
