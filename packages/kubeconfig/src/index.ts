export {
  buildKubeconfig,
  type ClusterEntry,
  isNamespaceName,
  type KubeconfigRequest,
  NAMESPACE_RULE,
  type UserEntry,
} from './build.ts'
export { type CurrentCluster, currentCluster } from './current-cluster.ts'
export { diffKubeconfigs, type KubeconfigChange } from './diff.ts'
export type { KubeconfigCluster, KubeconfigContext, KubeconfigDocument, KubeconfigUser } from './document.ts'
export { KubeconfigError, type KubeconfigErrorCode } from './errors.ts'
export { type ExecEntry, gatehouseExec, kubeloginExec, type OpenIdConnectLogin } from './exec-entry.ts'
export { expiryOf } from './expiry.ts'
export { flattenKubeconfig } from './flatten.ts'
export { kubeconfigFiles, loadKubeconfigs } from './load.ts'
export { mergeKubeconfigs } from './merge.ts'
export { mergeIntoFile, type MergeResult } from './merge-into-file.ts'
export { minifyKubeconfig } from './minify.ts'
export { parseKubeconfig, readKubeconfig } from './parse.ts'
export { redactKubeconfig } from './redact.ts'
export { stringifyKubeconfig } from './stringify.ts'
export { upsertEntries, upsertIntoText } from './upsert.ts'
export { problemsOfKubeconfig } from './validate.ts'
export { writeKubeconfig } from './write.ts'
