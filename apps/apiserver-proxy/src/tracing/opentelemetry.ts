import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '@gatehouse/server'
import { getBooleanFromEnv, getNumberFromEnv } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
} from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { TracingConfig } from '../config.ts'
import type { Tracing } from './request-trace.ts'
import { SpansOfRequest } from './spans-of-request.ts'
import { toldOnce } from './told-once.ts'

/**
 * Makes the spans of requests and exports them in the background, in batches (OTLP over HTTP, as JSON). What the
 * settings do not say is as the exporter's standard variables say (`OTEL_EXPORTER_OTLP_*`), and so are the resource's
 * attributes (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`) and the batches (`OTEL_BSP_*`). Spans that can't be
 * exported are dropped beyond 2048. Undefined where the environment says `OTEL_SDK_DISABLED`.
 */
export function exportSpans(settings: TracingConfig, { logger }: { logger: Logger }): Tracing | undefined {
  if (getBooleanFromEnv('OTEL_SDK_DISABLED')) return undefined
  const exporter = new OTLPTraceExporter(
    settings.endpoint === undefined ? {} : { url: tracesUrl(settings.endpoint) },
  )
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'gatehouse-apiserver-proxy' }).merge(
      detectResources({
        detectors: [serviceInstanceIdDetector, resourceAttributesEnvDetector, serviceNameEnvDetector],
      }),
    ),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.samplingRatio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: toldOnce(exporter, logger), ...batching() })],
  })
  const tracer = provider.getTracer('gatehouse-apiserver-proxy')
  return {
    begin: (startedAt) => new SpansOfRequest(tracer, startedAt),
    async close(withinMs) {
      const over = new AbortController()
      // Why they can't be exported is told already.
      const flushed = provider.shutdown().catch(() => undefined)
      const late = delay(withinMs, undefined, { signal: over.signal }).catch(() => undefined)
      await Promise.race([flushed, late])
      over.abort()
    },
  }
}

function batching() {
  const settings = {
    scheduledDelayMillis: getNumberFromEnv('OTEL_BSP_SCHEDULE_DELAY'),
    exportTimeoutMillis: getNumberFromEnv('OTEL_BSP_EXPORT_TIMEOUT'),
    maxQueueSize: getNumberFromEnv('OTEL_BSP_MAX_QUEUE_SIZE'),
    maxExportBatchSize: getNumberFromEnv('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
  }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

/** As the specification makes it of a base URL. */
function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/$/, '')}/v1/traces`
}
