import { fetchSigningKeys } from './discovery.ts'
import type { IssuerSettings } from './issuer-settings.ts'
import { SigningKeys } from './signing-keys.ts'

export interface IssuerKeysOptions {
  readonly logger?: { warn(fields: object, message: string): void } | undefined
  /** Milliseconds since the epoch; `Date.now` unless a test says otherwise. */
  readonly clock?: (() => number) | undefined
}

/**
 * The signing keys of issuers, fetched once for all verifiers that come one after the other. An issuer that is
 * looked up elsewhere, or with another CA, is another one.
 */
export class IssuerKeys implements AsyncDisposable {
  readonly #options: IssuerKeysOptions
  readonly #keys = new Map<string, SigningKeys>()

  constructor(options: IssuerKeysOptions = {}) {
    this.#options = options
  }

  /** The keys of an issuer; those of one that was not known are fetched in the background from now on. */
  of(issuer: IssuerSettings): SigningKeys {
    const name = nameOf(issuer)
    const known = this.#keys.get(name)
    if (known) return known
    const { logger, clock = Date.now } = this.#options
    const keys = new SigningKeys({
      fetch: (signal) => fetchSigningKeys(issuer, signal),
      clock,
      onError: (error) =>
        logger?.warn({ issuer: issuer.url, err: error }, 'the keys of the issuer could not be fetched'),
    })
    this.#keys.set(name, keys)
    return keys
  }

  /**
   * Waits for the keys of those issuers that were not known.
   *
   * @throws AuthenticationError `ERR_ISSUER_UNAVAILABLE`
   */
  async learn(issuers: readonly IssuerSettings[]): Promise<void> {
    const unknown = issuers.filter((issuer) => !this.#keys.has(nameOf(issuer)))
    await Promise.all(unknown.map((issuer) => this.of(issuer).first()))
  }

  /** Forgets all issuers but these. */
  async retain(issuers: readonly IssuerSettings[]): Promise<void> {
    const names = new Set(issuers.map(nameOf))
    const others = [...this.#keys].filter(([name]) => !names.has(name))
    for (const [name] of others) this.#keys.delete(name)
    await Promise.all(others.map(([, keys]) => keys[Symbol.asyncDispose]()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.retain([])
  }
}

function nameOf({ url, discoveryURL, certificateAuthorityFile }: IssuerSettings): string {
  return JSON.stringify([url, discoveryURL, certificateAuthorityFile])
}
