export { type EmbeddedOptions, embeddedProvider } from './embedded/embedded.ts'
export { embeddedExecutables } from './embedded/executables.ts'
export { embeddedScripts, scriptPath } from './embedded/script.ts'
export { findIsolation, type Isolation, type IsolationRequest } from './embedded/sandbox/isolation.ts'
export {
  type ExistingCluster,
  type ExistingOptions,
  type ExistingProvider,
  existingProvider,
} from './existing/existing.ts'
export { type ClusterObject, labelled, MANAGED_BY, nameOf } from './existing/objects.ts'
export type { PlannedWrite, WritePlan } from './existing/plan.ts'
export type { Removal } from './existing/remove.ts'
export { describeRights, type Right } from './existing/rights.ts'
export type { ServiceAccountName } from './existing/service-account-token.ts'
export type { PortMapping } from './kind/configuration.ts'
export { inotifyObstacle } from './kind/host.ts'
export type { KindInspection } from './kind/inspect.ts'
export { type KindCluster, type KindOptions, type KindProvider, kindProvider } from './kind/kind.ts'
export { podImageLabel } from './kind/node-image.ts'
export { ClusterError, type ClusterErrorCode } from './errors.ts'
export type {
  Cluster,
  ClusterIdentity,
  ClusterOptions,
  ClusterProgress,
  ClusterProvider,
  Environment,
  PrepareOptions,
} from './provider.ts'
