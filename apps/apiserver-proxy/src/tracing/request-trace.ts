import type { AccessRecord } from '../access-log.ts'
import type { Endpoint } from '../upstream/endpoint.ts'

/** Makes the spans of requests; there is none where traces are off. */
export interface Tracing {
  /** `startedAt` is when the request began, as all times here in milliseconds of `performance.now`. */
  begin(startedAt: number): RequestTrace
  /** Sends what is left, within `withinMs`; what can't be sent until then is lost. */
  close(withinMs: number): Promise<void>
}

/** What the stages tell of one request. */
export interface RequestTrace {
  /** The trace that the client says it is part of (`traceparent`). */
  relate(traceparent: string): void
  /** A part of the request that ends now. */
  part(name: 'authenticate' | 'SubjectAccessReview', startedAt: number): void
  /** The request goes on to the API server: the header line that tells it of the trace. */
  toUpstream(method: string, endpoint: Endpoint): string
  /** The head of the API server's answer came. */
  answered(status: number): void
  /** Its answer is over, or failed. */
  endUpstream(error?: Error): void
  /** The request is over. */
  end(record: AccessRecord): void
}
