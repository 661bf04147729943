import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { AggregatorRegistry } from 'prom-client'
import { ServerError } from './errors.ts'
import type { PrepareConfiguration } from './follow-configuration.ts'
import type { Logger } from './logger.ts'
import { WorkerConfigurations } from './worker-configurations.ts'
import { END_WORKER, type WorkerReport } from './worker.ts'

/** Processes of the same program that share their listeners. */
export interface Workers<C> {
  /** Where they listen. */
  readonly urls: Record<string, string>
  /** Whether as many as were asked for are there, and ready. */
  readonly ready: () => boolean
  /** The metrics of all of them together. */
  readonly registry: { readonly contentType: string; readonly metrics: () => Promise<string> }
  /** Prepares another configuration in all of them, so that all take it or none. */
  readonly prepare: PrepareConfiguration<C>
  /** Lets each finish what it has in flight; resolves when none is left. */
  readonly drain: () => Promise<void>
}

/** A worker that did not live so long is not replaced at once: the next would end in the same way. */
const STABLE_AFTER_MS = 10_000
const PAUSE_MS = 1000

/**
 * Runs this program `count` times more (node:cluster); each calls `configurationFromPrimary` and `reportToPrimary`.
 * One that ends by itself is replaced, so that a crash takes down its own connections only.
 *
 * @throws ServerError `ERR_WORKER` when one ends before it has started; then none is left
 */
export async function startWorkers<C>(options: {
  count: number
  /** What they start with; JSON. */
  configuration: C
  logger: Logger
}): Promise<Workers<C>> {
  const { count, configuration, logger } = options
  const configurations = new WorkerConfigurations(configuration)
  const readiness = new Map<Worker, boolean>()
  const aggregator = new AggregatorRegistry()
  let isDraining = false

  const fork = async (): Promise<Record<string, string>> => {
    const worker = cluster.fork()
    const forkedAt = Date.now()
    readiness.set(worker, false)
    configurations.give(worker)
    const started = Promise.withResolvers<Record<string, string>>()
    worker.on('message', (report: Partial<WorkerReport>) => {
      if (report.isReady !== undefined) readiness.set(worker, report.isReady)
      if (report.urls) started.resolve(report.urls)
    })
    worker.once('exit', (code: number | null, signal: string | null) => {
      readiness.delete(worker)
      const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`
      started.reject(new ServerError('ERR_WORKER', `a worker ${how} before it had started; its log says why`))
      if (isDraining) return
      logger.error({ worker: worker.process.pid, how }, 'a worker is gone; another takes its place')
      void replace(Date.now() - forkedAt)
    })
    return started.promise
  }
  const replace = async (livedMs: number) => {
    if (livedMs < STABLE_AFTER_MS) await delay(PAUSE_MS)
    // What goes wrong with it is told, and answered, like the end of any other.
    if (!isDraining) await fork().catch(() => undefined)
  }
  const drain = async () => {
    isDraining = true
    await Promise.all(
      [...readiness.keys()].map(async (worker) => {
        const exit = once(worker, 'exit')
        worker.send(END_WORKER)
        await exit
      }),
    )
  }

  const outcomes = await Promise.all(
    Array.from({ length: count }, () => fork().catch((error: unknown) => fail(error))),
  )
  return {
    urls: outcomes[0]!,
    ready: () => readiness.size === count && [...readiness.values()].every(Boolean),
    registry: { contentType: aggregator.contentType, metrics: () => aggregator.clusterMetrics() },
    prepare: (next) => configurations.prepare(next),
    drain,
  }

  async function fail(error: unknown): Promise<never> {
    isDraining = true
    for (const worker of readiness.keys()) worker.process.kill('SIGKILL')
    throw error
  }
}
