import { type Kind, runKind } from './run.ts'

export interface DeleteOptions {
  readonly name: string
  /** The kubeconfig that the cluster was created with: its entries are taken out of it. */
  readonly kubeconfig: string
  readonly signal?: AbortSignal
}

/**
 * Deletes a cluster: its nodes, their volumes, and its entries in the kubeconfig. One that is not there is fine.
 * The engine's network `kind`, which all clusters share, stays.
 *
 * @throws KindError
 */
export async function deleteCluster(kind: Kind, { name, kubeconfig, signal }: DeleteOptions): Promise<void> {
  await runKind(kind, ['delete', 'cluster', `--name=${name}`, `--kubeconfig=${kubeconfig}`], { signal })
}
