import { AggregatorRegistry, type Registry } from 'prom-client'

/** What a worker is told when it shall end. Signals are its primary's: a terminal sends them to all of them. */
export const END_WORKER = 'end'

/** What a worker tells its primary. */
export interface WorkerReport {
  /** Where it listens, once it does. */
  readonly urls?: Record<string, string>
  readonly isReady?: boolean
}

export interface Reporting extends Disposable {
  /** It listens. */
  readonly started: (urls: Record<string, string>) => void
}

const LOOK_AGAIN_MS = 250

/**
 * In a worker (node:cluster): gives the primary the metrics of `registry` when it asks for them, and tells it
 * whether the worker is ready.
 */
export function reportToPrimary(options: {
  readonly registry: Registry
  readonly isReady: () => boolean
}): Reporting {
  const { registry, isReady } = options
  AggregatorRegistry.setRegistries([registry])
  // Its constructor answers the primary.
  void new AggregatorRegistry()
  let told: boolean | undefined
  const send = (report: WorkerReport) => process.send?.(report)
  const look = () => {
    if (told === isReady()) return
    told = isReady()
    send({ isReady: told })
  }
  const looking = setInterval(look, LOOK_AGAIN_MS).unref()
  return {
    started(urls) {
      look()
      send({ urls })
    },
    [Symbol.dispose]: () => clearInterval(looking),
  }
}
