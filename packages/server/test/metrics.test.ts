import { Counter } from 'prom-client'
import { expect, test } from 'vitest'
import { createRegistry } from '../src/index.ts'

test('services of one process have metrics of their own, and share those of the process', async () => {
  const [one, other] = [createRegistry(), createRegistry()]
  new Counter({ name: 'own_total', help: 'of one', registers: [one] }).inc()
  expect(await one.metrics()).toContain('own_total 1')
  expect(await other.metrics()).not.toContain('own_total')
  expect(one.getSingleMetric('nodejs_gc_duration_seconds')).toBeDefined()
  expect(one.getSingleMetric('nodejs_gc_duration_seconds')).toBe(
    other.getSingleMetric('nodejs_gc_duration_seconds'),
  )
  expect(await one.metrics()).toMatch(/^process_cpu_seconds_total \d/m)
  expect(await other.metrics()).toMatch(/^nodejs_eventloop_lag_p50_seconds \d/m)
})
