import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import { redactText } from '@gatehouse/server'
import type { AccessRecord } from '../access-log.ts'
import { labelOf } from '../methods.ts'
import type { Endpoint } from '../upstream/endpoint.ts'
import type { RequestTrace } from './request-trace.ts'
import { clientAttributes, serverAttributes } from './span-attributes.ts'

/**
 * A span for the request, which is the root of a trace of its own, and spans below it for its parts. A client's
 * `traceparent` becomes a link: as a parent it would let strangers decide what is sampled, and write into traces
 * that are not theirs.
 */
export class SpansOfRequest implements RequestTrace {
  readonly #tracer: Tracer
  readonly #server: Span
  readonly #below: Context
  #upstream: Span | undefined

  constructor(tracer: Tracer, startedAt: number) {
    this.#tracer = tracer
    this.#server = tracer.startSpan('HTTP', { kind: SpanKind.SERVER, startTime: startedAt }, ROOT_CONTEXT)
    this.#below = trace.setSpan(ROOT_CONTEXT, this.#server)
  }

  relate(traceparent: string): void {
    const context = this.#server.isRecording() ? parseTraceParent(traceparent) : null
    if (context) this.#server.addLink({ context: { ...context, isRemote: true } })
  }

  part(name: 'authenticate' | 'SubjectAccessReview', startedAt: number): void {
    this.#tracer.startSpan(name, { startTime: startedAt }, this.#below).end(performance.now())
  }

  toUpstream(method: string, endpoint: Endpoint): string {
    const attributes = clientAttributes(method, endpoint)
    const startTime = performance.now()
    const options = { kind: SpanKind.CLIENT, startTime, attributes }
    this.#upstream = this.#tracer.startSpan(labelOf(method, 'HTTP'), options, this.#below)
    const { traceId, spanId, traceFlags } = this.#upstream.spanContext()
    return `traceparent: 00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}\r\n`
  }

  answered(status: number): void {
    this.#upstream?.setAttribute('http.response.status_code', status)
    if (status >= 400) this.#fail(this.#upstream, String(status))
  }

  endUpstream(error?: Error): void {
    if (error) this.#fail(this.#upstream, error.name, error.message)
    this.#upstream?.end(performance.now())
    this.#upstream = undefined
  }

  end(record: AccessRecord): void {
    this.endUpstream()
    if (this.#server.isRecording()) {
      this.#server.updateName(labelOf(record.method, 'HTTP'))
      this.#server.setAttributes(serverAttributes(record))
      if (record.status >= 500) this.#server.setStatus({ code: SpanStatusCode.ERROR })
    }
    this.#server.end(performance.now())
  }

  #fail(span: Span | undefined, type: string, message?: string): void {
    span?.setAttribute('error.type', type)
    span?.setStatus({
      code: SpanStatusCode.ERROR,
      ...(message === undefined ? {} : { message: redactText(message) }),
    })
  }
}
