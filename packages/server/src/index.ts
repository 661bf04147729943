export { auditIdOf } from './audit-id.ts'
export { clientAddress, networkSchema, subscriberOf } from './client-address.ts'
export { closeGracefully } from './close.ts'
export {
  type ListenSettings,
  listenSchema,
  loadConfiguration,
  type TlsSettings,
  tlsSchema,
} from './configuration.ts'
export { ConfigurationError, type ConfigurationProblem, ServerError, type ServerErrorCode } from './errors.ts'
export { type Followed, follow } from './follow.ts'
export {
  followConfiguration,
  type FollowConfigurationOptions,
  type PrepareConfiguration,
  type PreparedConfiguration,
} from './follow-configuration.ts'
export { endConnections } from './last-answers.ts'
export { listen } from './listen.ts'
export { createLogger, type Logger, type LoggerOptions } from './logger.ts'
export { isLoopbackHost } from './loopback.ts'
export { createRegistry, Registry } from './metrics.ts'
export { type Operations, type OperationsOptions, startOperations } from './operations.ts'
export type { Check } from './readiness.ts'
export { redactText } from './redact.ts'
export { type RunningService, runService, type ServiceContext, type StartService } from './run-service.ts'
export { DrainingResponse, serverOptions, tlsOptions } from './server-options.ts'
export { type Status, status, type StatusDetails, writeStatus } from './status.ts'
export { watchFiles } from './watch-files.ts'
export { createTokenBuckets, type Taking, type TokenBuckets } from './token-buckets.ts'
export { reportToPrimary, type Reporting } from './worker.ts'
export { type ConfigurationFromPrimary, configurationFromPrimary } from './worker-configuration.ts'
export { startWorkers, type Workers } from './workers.ts'
export { type TlsPair, type WatchedTls, watchTls } from './watch-tls.ts'
