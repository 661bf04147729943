import { Counter, Histogram, type Registry } from 'prom-client'

/** What is known of a finished request; of bounded variety, as labels must be. */
export interface RequestFacts {
  readonly route: string
  readonly method: string
  readonly code: number
}

export interface RequestMetrics {
  readonly observe: (facts: RequestFacts, seconds: number) => void
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'OPTIONS'])

/** Dex's request metrics: `http_requests_total` and `request_duration_seconds` by handler, method and code. */
export function createRequestMetrics(registry: Registry): RequestMetrics {
  const labelNames = ['handler', 'method', 'code'] as const
  const registers = [registry]
  const total = new Counter({
    name: 'http_requests_total',
    help: 'Count of all HTTP requests.',
    labelNames,
    registers,
  })
  const duration = new Histogram({
    name: 'request_duration_seconds',
    help: 'A histogram of latencies for requests.',
    labelNames,
    registers,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  })
  return {
    observe({ route, method, code }, seconds) {
      const labels = { handler: route, method: METHODS.has(method) ? method : 'other', code: String(code) }
      total.inc(labels)
      duration.observe(labels, seconds)
    },
  }
}
