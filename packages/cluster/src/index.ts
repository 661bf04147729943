export { type EmbeddedOptions, embeddedProvider } from './embedded/embedded.ts'
export { findIsolation, type Isolation, type IsolationRequest } from './embedded/sandbox/isolation.ts'
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
