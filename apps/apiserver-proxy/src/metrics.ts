import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export interface ProxyMetrics {
  countRequest(code: number, method: string, seconds: number): void
  observeAuthentication(seconds: number): void
  observeAuthorization(seconds: number): void
}

const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

/** Registers the proxy's metrics; `sizes` are read when somebody asks for them. */
export function createMetrics(
  registry: Registry,
  sizes: { inFlight: () => number; connections: () => { active: number; idle: number } },
): ProxyMetrics {
  const registers = [registry]
  const prefix = 'gatehouse_apiserver_proxy'
  const requests = new Counter({
    name: `${prefix}_requests_total`,
    help: 'Requests by status code and method',
    labelNames: ['code', 'method'] as const,
    registers,
  })
  const histogram = (name: string, help: string) => {
    return new Histogram({ name: `${prefix}_${name}_duration_seconds`, help, buckets: BUCKETS, registers })
  }
  const duration = histogram(
    'request',
    'Time from the head of a request to the end of its answer, streams included',
  )
  const authentication = histogram('authentication', 'Time to verify a token that was not remembered')
  const authorization = histogram('authorization', 'Time to decide on a request that was not remembered')
  registry.registerMetric(
    new Gauge({
      name: `${prefix}_requests_in_flight`,
      help: 'Requests and streams under way',
      registers: [],
      collect() {
        this.set(sizes.inFlight())
      },
    }),
  )
  registry.registerMetric(
    new Gauge({
      name: `${prefix}_upstream_connections`,
      help: 'Connections to the API server by state',
      labelNames: ['state'] as const,
      registers: [],
      collect() {
        const { active, idle } = sizes.connections()
        this.set({ state: 'active' }, active)
        this.set({ state: 'idle' }, idle)
      },
    }),
  )
  // Looking a child up by its labels costs more than counting.
  const children = new Map<string, Counter.Internal>()
  return {
    countRequest(code, method, seconds) {
      const key = `${code} ${method}`
      let child = children.get(key)
      if (child === undefined) {
        child = requests.labels(String(code), method)
        if (children.size < 1000) children.set(key, child)
      }
      child.inc()
      duration.observe(seconds)
    },
    observeAuthentication: (seconds) => authentication.observe(seconds),
    observeAuthorization: (seconds) => authorization.observe(seconds),
  }
}
