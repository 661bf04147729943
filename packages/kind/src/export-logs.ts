import { type Kind, runKind } from './run.ts'

export interface ExportLogsOptions {
  readonly name: string
  /** Is made if it is not there; what it holds already stays. */
  readonly directory: string
  readonly signal?: AbortSignal
}

/**
 * Writes the logs of the nodes, their kubelets, containerds and containers into `directory`.
 *
 * @throws KindError `ERR_CLUSTER_UNKNOWN` and others
 */
export async function exportLogs(kind: Kind, { name, directory, signal }: ExportLogsOptions): Promise<void> {
  await runKind(kind, ['export', 'logs', directory, `--name=${name}`], { signal })
}
