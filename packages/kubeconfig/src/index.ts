export {
  buildKubeconfig,
  type ClusterEntry,
  isNamespaceName,
  type KubeconfigRequest,
  NAMESPACE_RULE,
  type UserEntry,
} from './build.ts'
export { type CurrentCluster, currentCluster } from './current-cluster.ts'
export type { KubeconfigCluster, KubeconfigContext, KubeconfigDocument, KubeconfigUser } from './document.ts'
export { KubeconfigError, type KubeconfigErrorCode } from './errors.ts'
export { type ExecEntry, gatehouseExec, kubeloginExec, type OpenIdConnectLogin } from './exec-entry.ts'
export { expiryOf } from './expiry.ts'
export { parseKubeconfig, readKubeconfig } from './parse.ts'
export { stringifyKubeconfig } from './stringify.ts'
export { writeKubeconfig } from './write.ts'
