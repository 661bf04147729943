import { setTimeout as delay } from 'node:timers/promises'
import {
  type Informer,
  type KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
  type ObjectCache,
} from '@kubernetes/client-node'

export interface WatchedOptions<T extends KubernetesObject> {
  readonly kubeconfig: KubeConfig
  /** API path of the list, without a query. */
  readonly path: string
  readonly list: () => Promise<KubernetesListObject<T>>
  readonly labelSelector?: string
  /** Something was added, changed or deleted. */
  readonly onChange: (object: T) => void
  /** A complete list was read, at first and after each interruption: changes may have gone unheard. */
  readonly onSynced: () => void
  /** The watch broke off, or could not begin; it is begun again after `retryMs`. */
  readonly onInterrupted: (error: unknown, retryMs: number) => void
  readonly retryMs: number
  readonly retryMaxMs: number
}

/**
 * All objects of one kind, kept current by a list and a watch. After an error everything is listed anew: a
 * resourceVersion from before may be one that a restored API server never had. Until then the last known
 * objects stay readable.
 */
export class Watched<T extends KubernetesObject> implements AsyncDisposable {
  readonly #options: WatchedOptions<T>
  readonly #stopping = new AbortController()
  #cache: ObjectCache<T> | undefined
  #synced = false
  #running: Promise<void> | undefined

  constructor(options: WatchedOptions<T>) {
    this.#options = options
  }

  /** Whether the objects are complete and followed. */
  get synced(): boolean {
    return this.#synced
  }

  get(name: string, namespace?: string): T | undefined {
    return this.#cache?.get(name, namespace)
  }

  list(namespace?: string): readonly T[] {
    return this.#cache?.list(namespace) ?? []
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    let failures = 0
    while (!signal.aborted) {
      const error = await this.#follow(() => {
        failures = 0
      })
      this.#synced = false
      if (signal.aborted) return
      failures += 1
      const retryMs = Math.min(
        this.#options.retryMaxMs,
        this.#options.retryMs * 2 ** Math.min(failures - 1, 30),
      )
      this.#options.onInterrupted(error, retryMs)
      await delay(retryMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** One informer's life; resolves with why it ended. */
  async #follow(onSynced: () => void): Promise<unknown> {
    const { kubeconfig, path, list, labelSelector, onChange } = this.#options
    const informer: Informer<T> & ObjectCache<T> = makeInformer<T>(kubeconfig, path, list, labelSelector)
    const ended = Promise.withResolvers<unknown>()
    informer.on('error', (error: unknown) => ended.resolve(error))
    for (const event of ['add', 'update', 'delete'] as const) informer.on(event, onChange)
    const stop = () => ended.resolve(undefined)
    this.#stopping.signal.addEventListener('abort', stop, { once: true })
    const failed = { yet: false }
    void ended.promise.then(() => {
      failed.yet = true
    })
    try {
      // Resolves once the list is read and the watch is open; failures of both come as `error`.
      await Promise.race([informer.start(), ended.promise])
      if (!failed.yet) {
        this.#cache = informer
        this.#synced = true
        onSynced()
        this.#options.onSynced()
      }
      return await ended.promise
    } catch (error) {
      return error
    } finally {
      this.#stopping.signal.removeEventListener('abort', stop)
      await informer.stop()
    }
  }
}
