import type { Logger } from '@gatehouse/server'
import type { TracingConfig } from '../config.ts'
import type { Tracing } from './request-trace.ts'

/** Loads OpenTelemetry only where it is switched on: it takes a tenth of a second, of every worker. */
export async function openTracing(
  settings: TracingConfig,
  options: { logger: Logger },
): Promise<Tracing | undefined> {
  const opentelemetry = await import('./opentelemetry.ts')
  return opentelemetry.exportSpans(settings, options)
}
