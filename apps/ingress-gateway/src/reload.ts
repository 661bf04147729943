import { isDeepStrictEqual } from 'node:util'
import { loadConfiguration, type Logger, watchFiles } from '@gatehouse/server'
import { configSchema, type GatewayConfig } from './config.ts'

/** What listeners were made with; they can't be changed under their connections. */
const FIXED = ['listen', 'redirect', 'publicPort', 'operations', 'limits'] as const

/**
 * Calls `apply` with each new content of the configuration file, one at a time; looked at when the file changes
 * and at SIGHUP. One that is wrong, or that `apply` rejects, is logged, and the earlier one stays in use. What takes
 * effect only at the next start is named in the log.
 */
export function followConfiguration(
  file: string,
  started: GatewayConfig,
  logger: Logger,
  apply: (config: GatewayConfig) => Promise<void>,
): Disposable {
  let current = started
  let refused: string | undefined
  const look = async () => {
    try {
      const next = await loadConfiguration(file, configSchema)
      refused = undefined
      if (isDeepStrictEqual(next, current)) return
      await apply(next)
      current = next
      logger.info({ file, hosts: next.hosts.map(({ host }) => host) }, 'the new configuration is in use')
      const waiting = FIXED.filter((setting) => !isDeepStrictEqual(next[setting], started[setting]))
      if (waiting.length > 0)
        logger.warn({ file, settings: waiting }, 'these settings wait for the next start')
    } catch (error) {
      const { message } = error as Error
      // Looked at every few seconds, told once.
      if (refused === message) return
      refused = message
      logger.error({ file, reason: message }, 'the new configuration is not usable; the old one stays')
    }
  }
  const watching = watchFiles([file], look)
  const onHangup = () => void look()
  process.on('SIGHUP', onHangup)
  return {
    [Symbol.dispose]() {
      process.off('SIGHUP', onHangup)
      watching[Symbol.dispose]()
    },
  }
}
