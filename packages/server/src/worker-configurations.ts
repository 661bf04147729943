import type { Worker } from 'node:cluster'
import { ServerError } from './errors.ts'
import type { PreparedConfiguration } from './follow-configuration.ts'
import type { ConfigurationAnswer, ConfigurationStep } from './worker-configuration.ts'

/**
 * In the primary: what its workers are configured with. A change is prepared in all of them before any takes it;
 * a worker that asks in the meantime waits for how that ends, so that no two have different ones.
 */
export class WorkerConfigurations<C> {
  #current: C
  readonly #configured = new Set<Worker>()
  #change: Promise<void> | undefined

  constructor(configuration: C) {
    this.#current = configuration
  }

  /** Tells `worker` when it asks. */
  give(worker: Worker): void {
    worker.on('message', (answer: Partial<{ wants: string }>) => {
      if (answer.wants === 'configuration') void this.#start(worker)
    })
    worker.once('exit', () => this.#configured.delete(worker))
  }

  /**
   * Prepares `next` in all workers.
   *
   * @throws ServerError `ERR_WORKER` with what the first that can't take it says; then none has anything of it
   */
  async prepare(next: C): Promise<PreparedConfiguration> {
    const over = Promise.withResolvers<void>()
    this.#change = over.promise
    const workers = [...this.#configured]
    const end = (step: 'commit' | 'abort') => {
      for (const worker of workers) tell(worker, { step })
      this.#change = undefined
      over.resolve()
    }
    const problems = await Promise.all(workers.map((worker) => prepareIn(worker, next)))
    const problem = problems.find((one) => one !== undefined)
    if (problem !== undefined) {
      end('abort')
      throw new ServerError('ERR_WORKER', problem)
    }
    return {
      commit: () => {
        this.#current = next
        end('commit')
      },
      abort: async () => end('abort'),
    }
  }

  async #start(worker: Worker): Promise<void> {
    while (this.#change) await this.#change
    this.#configured.add(worker)
    tell(worker, { step: 'start', configuration: this.#current })
  }
}

/** Why the worker can't take it; a worker that ends is replaced by one that starts with what is in use then. */
async function prepareIn(worker: Worker, configuration: unknown): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const onMessage = (answer: ConfigurationAnswer | { readonly prepared?: undefined }) => {
    if ('prepared' in answer && answer.prepared) resolve(answer.prepared.problem)
  }
  const onExit = () => resolve(undefined)
  worker.on('message', onMessage)
  worker.once('exit', onExit)
  tell(worker, { step: 'prepare', configuration })
  try {
    return await promise
  } finally {
    worker.off('message', onMessage)
    worker.off('exit', onExit)
  }
}

/** One that is gone can't be told, which is heard of by its end. */
function tell(worker: Worker, step: ConfigurationStep<unknown>): void {
  worker.send(step, () => undefined)
}
