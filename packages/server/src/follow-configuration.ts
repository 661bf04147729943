import { isDeepStrictEqual } from 'node:util'
import { Gauge, type Registry } from 'prom-client'
import type { z } from 'zod'
import { loadConfiguration } from './configuration.ts'
import type { Logger } from './logger.ts'
import { watchFiles } from './watch-files.ts'

/** Another configuration, with everything open that it needs, beside the one in use. */
export interface PreparedConfiguration {
  /** Puts it into use, at once and as a whole; nothing can go wrong any more. */
  readonly commit: () => void
  /** Frees what was opened for it. */
  readonly abort: () => Promise<void>
}

/** Opens what a configuration needs; rejects, with nothing changed, where that can't be. */
export type PrepareConfiguration<C> = (next: C) => Promise<PreparedConfiguration>

export interface FollowConfigurationOptions<S extends z.ZodType> {
  readonly file: string
  readonly schema: S
  /** What the service was started with. */
  readonly started: z.output<S>
  /** Settings (`limits.headerBytes`) that only another start can change. */
  readonly restartKeys: readonly string[]
  readonly prepare: PrepareConfiguration<z.output<S>>
  readonly logger: Logger
  /** Gets `<prefix>_config_last_reload_successful` and `<prefix>_config_last_reload_success_timestamp_seconds`. */
  readonly metrics: { readonly registry: Registry; readonly prefix: string }
}

/**
 * Puts each new content of the configuration file into use, one at a time; the file is looked at when it changes
 * and at SIGHUP. A content that is wrong, that can't be prepared or that changes what needs a restart is logged, and
 * the old one stays in use as a whole.
 */
export function followConfiguration<S extends z.ZodType>(
  options: FollowConfigurationOptions<S>,
): AsyncDisposable {
  const { file, schema, restartKeys, prepare, logger } = options
  const metrics = reloadMetrics(options.metrics)
  let current = options.started
  let refused: string | undefined
  let isDisposed = false
  let looking: Promise<void> = Promise.resolve()

  const refuse = (reason: string, fields: object, message: string) => {
    metrics.failed()
    // Looked at every few seconds, told once.
    if (refused !== reason) logger.error({ file, ...fields }, `${message}; the old one stays in use`)
    refused = reason
  }
  const take = async (next: z.output<S>) => {
    const needRestart = restartKeys.filter(
      (key) => !isDeepStrictEqual(settingOf(next, key), settingOf(current, key)),
    )
    if (needRestart.length > 0) {
      return refuse(
        JSON.stringify(next),
        { needRestart },
        `the new configuration changes what needs a restart (${needRestart.join(', ')})`,
      )
    }
    const prepared = await prepare(next)
    if (isDisposed) return prepared.abort()
    prepared.commit()
    current = next
    refused = undefined
    metrics.succeeded()
    logger.info({ file }, 'the new configuration is in use')
    return undefined
  }
  const look = async () => {
    try {
      const next = await loadConfiguration(file, schema)
      if (!isDeepStrictEqual(next, current)) return await take(next)
      if (refused !== undefined) logger.info({ file }, 'the configuration file says again what is in use')
      refused = undefined
      metrics.unchanged()
    } catch (error) {
      const { message } = error as Error
      refuse(message, { reason: message }, 'the new configuration is not usable')
    }
    return undefined
  }
  const watching = watchFiles([file], () => {
    looking = look()
    return looking
  })
  const onHangup = () => {
    logger.info({ file }, 'SIGHUP: looking at the configuration file')
    // Who asks wants to hear what is wrong, also if it was told before.
    refused = undefined
    watching.look()
  }
  process.on('SIGHUP', onHangup)
  return {
    async [Symbol.asyncDispose]() {
      isDisposed = true
      process.off('SIGHUP', onHangup)
      watching[Symbol.dispose]()
      await looking
    },
  }
}

/** The value at a path of names with dots between them. */
function settingOf(configuration: unknown, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], configuration)
}

/** What Prometheus, Alertmanager and their like tell of their own configuration. */
function reloadMetrics({ registry, prefix }: { registry: Registry; prefix: string }) {
  const registers = [registry]
  const successful = new Gauge({
    name: `${prefix}_config_last_reload_successful`,
    help: 'Whether the configuration file, as it was read last, is in use',
    registers,
  })
  const timestamp = new Gauge({
    name: `${prefix}_config_last_reload_success_timestamp_seconds`,
    help: 'Since when the configuration is in use',
    registers,
  })
  const succeeded = () => {
    successful.set(1)
    timestamp.setToCurrentTime()
  }
  succeeded()
  return { succeeded, unchanged: () => successful.set(1), failed: () => successful.set(0) }
}
