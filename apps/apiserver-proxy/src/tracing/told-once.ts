import type { Logger } from '@gatehouse/server'
import type { SpanExporter } from '@opentelemetry/sdk-trace'

/** Says once when spans can't be exported any more, and once when they can again. */
export function toldOnce(exporter: SpanExporter, logger: Logger): SpanExporter {
  let isDown = false
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const { error } = result
        if (error && !isDown) {
          logger.warn(
            { reason: error.message },
            'traces can’t be exported; they are lost until that works again',
          )
        }
        if (!error && isDown) logger.info('traces are exported again')
        isDown = error !== undefined
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}
