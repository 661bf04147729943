import { collectDefaultMetrics, Registry } from 'prom-client'

export { Registry } from 'prom-client'

/** A registry of one service with the process' own metrics in it (memory, CPU, event loop, garbage). */
export function createRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}
