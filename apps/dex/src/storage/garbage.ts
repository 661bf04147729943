import type { Logger } from '@gatehouse/server'
import type { Storage } from './storage.ts'

/** As often as Dex does it. */
const INTERVAL_MS = 5 * 60 * 1000

/** Deletes what has expired from time to time, until it is disposed of. */
export function collectGarbageOf(storage: Storage, logger: Logger): Disposable {
  const timer = setInterval(() => {
    storage.collectGarbage().then(
      (deleted) => logger.debug({ deleted }, 'garbage collected'),
      (error: unknown) => logger.error({ err: error }, 'garbage could not be collected'),
    )
  }, INTERVAL_MS).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
