import { createLocalJWKSet, type JSONWebKeySet } from 'jose'

/** A key set at one moment; `generation` grows whenever its content changes. */
export interface KeySet {
  readonly generation: number
  readonly lookUp: ReturnType<typeof createLocalJWKSet>
}

/** A token with an unknown key makes us ask the issuer again at most this often, whoever sent it. */
const REFETCH_INTERVAL_MS = 10_000
/** Keys are fetched anew after this long even if nothing asks, so that a retired key stops working. */
const MAX_AGE_MS = 5 * 60_000
const FIRST_FETCH_RETRY_MS = 1000

interface Options {
  readonly fetch: (signal: AbortSignal) => Promise<JSONWebKeySet>
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly onError: (error: Error) => void
}

/**
 * The signing keys of one issuer. Fetched in the background from the start; while the issuer is down the
 * last known keys stay in use.
 */
export class SigningKeys implements AsyncDisposable {
  readonly #options: Options
  readonly #stopped = new AbortController()
  #current: KeySet | undefined
  #content = ''
  #fetchedAt = 0
  #refetchedAt = -Infinity
  #inFlight: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined

  constructor(options: Options) {
    this.#options = options
    this.#fetchFirst()
  }

  /** The known keys; undefined until the issuer has answered once. */
  get current(): KeySet | undefined {
    return this.#current
  }

  /** Waits for a fetch that is under way, if the issuer has not answered yet; rejects as the fetch did. */
  async first(): Promise<KeySet | undefined> {
    if (this.#current === undefined) await this.#inFlight
    return this.#current
  }

  /** Starts a fetch in the background if the keys are old. Cheap: for the path of every request. */
  refreshIfOld(): void {
    const now = this.#options.clock()
    if (this.#current === undefined || now - this.#fetchedAt < MAX_AGE_MS) return
    if (now - this.#refetchedAt < REFETCH_INTERVAL_MS) return
    this.#refetchedAt = now
    this.#fetch().catch(this.#options.onError)
  }

  /**
   * Fetches the keys again because a token did not match them, at most once per 10 s for all callers
   * together; callers that come while a fetch is under way share it. An unreachable issuer is reported
   * and changes nothing.
   */
  async refetch(): Promise<KeySet | undefined> {
    const now = this.#options.clock()
    if (this.#inFlight === undefined) {
      if (now - this.#refetchedAt < REFETCH_INTERVAL_MS) return this.#current
      this.#refetchedAt = now
    }
    await this.#fetch().catch(this.#options.onError)
    return this.#current
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#retry)
    this.#stopped.abort()
    await this.#inFlight?.catch(() => undefined)
  }

  #fetchFirst(): void {
    this.#fetch().catch((error: Error) => {
      if (this.#stopped.signal.aborted) return
      this.#options.onError(error)
      this.#retry = setTimeout(() => this.#fetchFirst(), FIRST_FETCH_RETRY_MS).unref()
    })
  }

  #fetch(): Promise<void> {
    this.#inFlight ??= (async () => {
      try {
        const keys = await this.#options.fetch(this.#stopped.signal)
        this.#fetchedAt = this.#options.clock()
        const content = JSON.stringify(keys)
        if (content === this.#content) return
        this.#current = { generation: (this.#current?.generation ?? 0) + 1, lookUp: createLocalJWKSet(keys) }
        this.#content = content
      } finally {
        this.#inFlight = undefined
      }
    })()
    return this.#inFlight
  }
}
