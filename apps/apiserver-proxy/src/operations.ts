import cluster from 'node:cluster'
import {
  type ListenSettings,
  type Logger,
  type Registry,
  reportToPrimary,
  startOperations,
} from '@gatehouse/server'

export interface Operations extends AsyncDisposable {
  readonly urls: { readonly operations?: string }
  readonly started: (urls: Record<string, string>) => void
  readonly setDraining: () => void
}

/** Health and metrics: on a listener, or, in a worker, told to the primary, which has the listener. */
export async function openOperations(
  settings: ListenSettings,
  options: { registry: Registry; logger: Logger; issuersReady: () => boolean },
): Promise<Operations> {
  const { registry, logger, issuersReady } = options
  if (cluster.isWorker) {
    let isDraining = false
    const reporting = reportToPrimary({ registry, isReady: () => !isDraining && issuersReady() })
    return {
      urls: {},
      started: reporting.started,
      setDraining() {
        isDraining = true
      },
      [Symbol.asyncDispose]: async () => reporting[Symbol.dispose](),
    }
  }
  const operations = await startOperations({
    ...settings,
    registry,
    logger,
    checks: { issuers: issuersReady },
  })
  return {
    urls: { operations: operations.url },
    started: () => undefined,
    setDraining: operations.setDraining,
    [Symbol.asyncDispose]: () => operations[Symbol.asyncDispose](),
  }
}
