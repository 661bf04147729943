export {
  type KindConfiguration,
  kindConfigurationSchema,
  parseKindConfiguration,
  stringifyKindConfiguration,
} from './configuration.ts'
export type { Environment } from './command-line.ts'
export { createCluster, type CreateOptions } from './create-cluster.ts'
export { deleteCluster, type DeleteOptions } from './delete-cluster.ts'
export { type ConfigurationProblem, KindError, type KindErrorCode } from './errors.ts'
export { type Explanation, explainFailure } from './explain-failure.ts'
export { exportLogs, type ExportLogsOptions } from './export-logs.ts'
export { getClusters, getKubeconfig, getNodes, getVersion } from './get.ts'
export { loadImageArchive, loadImages, type LoadOptions } from './load.ts'
export type { KindProgress } from './progress.ts'
export type { Kind } from './run.ts'
export type { Streaming } from './streaming.ts'
