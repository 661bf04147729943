import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** The metrics of the controller, in `registry`. */
export function createMetrics(registry: Registry) {
  const registers = [registry]
  return {
    reconciles: new Counter({
      name: 'gatehouse_permission_controller_reconciles_total',
      help: 'Namespaces that were looked at, by result.',
      labelNames: ['result'],
      registers,
    }),
    writes: new Counter({
      name: 'gatehouse_permission_controller_writes_total',
      help: 'RoleBindings that were written, by what was done.',
      labelNames: ['verb'],
      registers,
    }),
    errors: new Counter({
      name: 'gatehouse_permission_controller_errors_total',
      help: 'Failed attempts to reconcile a namespace, by kind of failure.',
      labelNames: ['failure'],
      registers,
    }),
    interruptions: new Counter({
      name: 'gatehouse_permission_controller_watch_interruptions_total',
      help: 'Watches that broke off and were begun again, by resource.',
      labelNames: ['resource'],
      registers,
    }),
    queueDepth: new Gauge({
      name: 'gatehouse_permission_controller_queue_depth',
      help: 'Namespaces that wait, are worked on or pause after a failure.',
      registers,
    }),
    durations: new Histogram({
      name: 'gatehouse_permission_controller_reconcile_duration_seconds',
      help: 'Time that one namespace took.',
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
