export interface QueueOptions {
  /** Deals with one key; a rejection means that it is tried again. */
  readonly work: (key: string) => Promise<void>
  /** Told before the pause that follows a failure. */
  readonly onFailure: (key: string, error: unknown, attempt: number, retryMs: number) => void
  readonly onDepth: (depth: number) => void
  readonly retryMs: number
  readonly retryMaxMs: number
  /** How many keys are worked on at once; one key never twice (default 4). */
  readonly concurrency?: number
}

/**
 * A level-triggered work queue, in the manner of client-go's: a key is in it once however often it was added;
 * one that is added while it is worked on is worked on again afterwards; one that fails comes back after a
 * pause that doubles each time, without holding up the others.
 */
export class WorkQueue {
  readonly #options: QueueOptions
  readonly #waiting = new Set<string>()
  readonly #active = new Map<string, Promise<void>>()
  readonly #again = new Set<string>()
  readonly #attempts = new Map<string, number>()
  readonly #retries = new Map<string, NodeJS.Timeout>()
  #running = false

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Keys that wait, are worked on, or pause after a failure. */
  get depth(): number {
    return new Set([...this.#waiting, ...this.#active.keys(), ...this.#retries.keys()]).size
  }

  /** Adds `key`; news end the pause of a key that failed. */
  add(key: string): void {
    clearTimeout(this.#retries.get(key))
    this.#retries.delete(key)
    if (this.#active.has(key)) this.#again.add(key)
    else this.#waiting.add(key)
    this.#next()
  }

  /** Keys added before are worked on from now on. */
  start(): void {
    this.#running = true
    this.#next()
  }

  /** Starts nothing more; resolves when what is under way is done. */
  async stop(): Promise<void> {
    this.#running = false
    for (const timer of this.#retries.values()) clearTimeout(timer)
    this.#retries.clear()
    await Promise.all(this.#active.values())
  }

  #next(): void {
    for (const key of this.#waiting) {
      if (!this.#running || this.#active.size >= (this.#options.concurrency ?? 4)) break
      this.#waiting.delete(key)
      this.#active.set(key, this.#run(key))
    }
    this.#options.onDepth(this.depth)
  }

  async #run(key: string): Promise<void> {
    let failure: { error: unknown } | undefined
    try {
      await this.#options.work(key)
    } catch (error) {
      failure = { error }
    }
    this.#active.delete(key)
    const again = this.#again.delete(key)
    // News that came during a failure wait with it, or failing work that causes news would never pause.
    if (failure) this.#failed(key, failure.error)
    else {
      this.#attempts.delete(key)
      if (again) this.#waiting.add(key)
    }
    this.#next()
  }

  #failed(key: string, error: unknown): void {
    const attempt = (this.#attempts.get(key) ?? 0) + 1
    this.#attempts.set(key, attempt)
    const retryMs = backOffMs(attempt, this.#options)
    this.#options.onFailure(key, error, attempt, retryMs)
    if (!this.#running) return
    this.#retries.set(
      key,
      setTimeout(() => {
        this.#retries.delete(key)
        this.add(key)
      }, retryMs),
    )
  }
}

/** The pause after the `attempt`th failure in a row (from 1), in milliseconds. Pure. */
export function backOffMs(
  attempt: number,
  { retryMs, retryMaxMs }: Pick<QueueOptions, 'retryMs' | 'retryMaxMs'>,
): number {
  return Math.min(retryMaxMs, retryMs * 2 ** Math.min(attempt - 1, 30))
}
