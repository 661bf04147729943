import { collectDefaultMetrics, Registry } from 'prom-client'

export { Registry } from 'prom-client'

/**
 * Milliseconds between two looks at the event loop's lag, which the quantiles of the lag contain. prom-client's 10
 * wake a process a hundred times a second, which is three quarters of what an idle service costs.
 */
const EVENT_LOOP_SAMPLING = 100

let ofThisProcess: Registry | undefined

/**
 * A registry of one service with the process' own metrics in it (memory, CPU, event loop, garbage). Those are
 * observed once, however many services the process has: what observes them never ends.
 */
export function createRegistry(): Registry {
  if (!ofThisProcess) {
    ofThisProcess = new Registry()
    collectDefaultMetrics({ register: ofThisProcess, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLING })
  }
  return Registry.merge([ofThisProcess])
}
