import { followConfiguration, type Logger, type PrepareConfiguration, type Registry } from '@gatehouse/server'
import { configSchema, type ProxyConfig, RESTART_KEYS } from './config.ts'

/** Puts each new content of the configuration file into use that can be used without a restart. */
export function followProxyConfiguration(
  file: string,
  started: ProxyConfig,
  { prepare, registry }: { prepare: PrepareConfiguration<ProxyConfig>; registry: Registry },
  logger: Logger,
): AsyncDisposable {
  return followConfiguration({
    file,
    schema: configSchema,
    started,
    restartKeys: RESTART_KEYS,
    prepare,
    logger,
    metrics: { registry, prefix: 'gatehouse_apiserver_proxy' },
  })
}
