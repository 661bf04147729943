import { SIMULATED_TYPES } from './connectors.ts'
import type { DexConfig } from './dex-config.ts'
import { TOKEN_EXCHANGE_GRANT } from './oauth2.ts'
import { IN_MEMORY_HERE, isOutsideCluster } from './storage.ts'

/** Something that a real Dex would do with a setting and the mock does otherwise. */
export interface ConfigWarning {
  /** As in a ConfigurationError: `/connectors/0/type`. */
  readonly path: string
  readonly message: string
}

/** Settings of Dex that change nothing here, so that its files need no editing. */
const WITHOUT_EFFECT = ['frontend', 'grpc', 'additionalFeatures', 'signer'] as const

/** What of a Dex's file works otherwise in the mock. Pure. */
export function configWarnings(config: DexConfig): ConfigWarning[] {
  const { storage, oauth2, web, telemetry, logger } = config
  const warnings: ConfigWarning[] = []
  const warn = (path: string, message: string) => warnings.push({ path, message })
  if (IN_MEMORY_HERE.some((type) => type === storage.type)) {
    warn('/storage/type', `${storage.type} is not there in the mock: everything is kept in memory`)
  }
  if (isOutsideCluster(storage)) {
    warn('/storage/config/inCluster', 'this is no Pod of a cluster: everything is kept in memory')
  }
  for (const [index, connector] of config.connectors.entries()) {
    const path = `/connectors/${index}/type`
    if (connector.type === 'unknown') {
      warn(path, `${connector.askedType} is not known: the mock asks who to be instead`)
    } else if (SIMULATED_TYPES.some((type) => type === connector.type)) {
      warn(path, `${connector.type} is simulated: whoever logs in says who to be`)
    }
  }
  const exchange = oauth2.grantTypes.indexOf(TOKEN_EXCHANGE_GRANT)
  if (exchange >= 0) warn(`/oauth2/grantTypes/${exchange}`, 'token exchange is not there in the mock')
  const nothing = 'has no effect in the mock'
  for (const key of WITHOUT_EFFECT) if (config[key] !== undefined) warn(`/${key}`, nothing)
  if (web.headers !== undefined) warn('/web/headers', `${nothing}, which sets its own security headers`)
  if (telemetry.enableProfiling) warn('/telemetry/enableProfiling', nothing)
  if (logger.format !== 'json') warn('/logger/format', 'the mock logs JSON')
  return warnings
}
