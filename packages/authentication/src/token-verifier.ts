import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { fetchSigningKeys } from './discovery.ts'
import { AuthenticationError } from './errors.ts'
import { type Identity, toIdentity } from './identity.ts'
import type { IssuerSettings } from './issuer-settings.ts'
import { SigningKeys } from './signing-keys.ts'
import { claimedIssuer, verifyToken } from './verify-token.ts'

/** Turns ID tokens into users. */
export interface TokenVerifier extends AsyncDisposable {
  /** Verifies a token; rejects with an AuthenticationError. Answers from the cache where it can. */
  verify(token: string): Promise<Identity>
  /** What `verify` would answer from its cache, without waiting; undefined when it has to verify. */
  recall(token: string): Identity | undefined
  /**
   * Whether an identity that `verify` gave out is still good: not expired, and its issuer's keys are
   * those that verified it. For callers that remember it (per connection) and ask again each time.
   */
  isCurrent(identity: Identity): boolean
  /** Whether the keys of every issuer are known. */
  ready(): boolean
}

export interface TokenVerifierOptions {
  readonly issuers: readonly IssuerSettings[]
  readonly logger?: { warn(fields: object, message: string): void } | undefined
  /** Milliseconds since the epoch; `Date.now` unless a test says otherwise. */
  readonly clock?: (() => number) | undefined
}

interface Issuer {
  readonly settings: IssuerSettings
  readonly keys: SigningKeys
}

interface Verified {
  readonly issuer: Issuer
  readonly generation: number
}

const CACHED_TOKENS = 8192

/**
 * Makes a verifier for tokens of any of `issuers`; their keys are fetched in the background at once and
 * kept fresh. Verified tokens are remembered under a hash with a key of this process, so that the memory
 * holds no token, until they expire or their issuer's keys change.
 */
export function createTokenVerifier({
  issuers,
  logger,
  clock = Date.now,
}: TokenVerifierOptions): TokenVerifier {
  const byUrl = new Map<string, Issuer>(
    issuers.map((settings) => {
      const keys = new SigningKeys({
        fetch: (signal) => fetchSigningKeys(settings, signal),
        clock,
        onError: (error) =>
          logger?.warn({ issuer: settings.url, err: error }, 'the keys of the issuer could not be fetched'),
      })
      return [settings.url, { settings, keys }]
    }),
  )
  // A KeyObject, since createHmac with a raw key costs six times as much per call.
  const hashKey = createSecretKey(randomBytes(32))
  const identities = new LRUCache<string, Identity>({ max: CACHED_TOKENS })
  const verified = new WeakMap<Identity, Verified>()
  const hashOf = (token: string) => createHmac('sha256', hashKey).update(token).digest('base64')

  const isCurrent = (identity: Identity): boolean => {
    const origin = verified.get(identity)
    if (origin === undefined || identity.expiresAt * 1000 <= clock()) return false
    origin.issuer.keys.refreshIfOld()
    return origin.issuer.keys.current?.generation === origin.generation
  }

  const recallHash = (hash: string): Identity | undefined => {
    const identity = identities.get(hash)
    if (identity === undefined) return undefined
    if (isCurrent(identity)) return identity
    identities.delete(hash)
    return undefined
  }

  return {
    isCurrent,
    recall: (token) => recallHash(hashOf(token)),
    async verify(token) {
      const hash = hashOf(token)
      const known = recallHash(hash)
      if (known) return known
      const issuer = byUrl.get(claimedIssuer(token) ?? '')
      if (issuer === undefined) {
        throw new AuthenticationError(
          'ERR_TOKEN_ISSUER',
          'the token is from an issuer that is not trusted here',
        )
      }
      const { claims, generation } = await verifyToken(token, issuer.settings, issuer.keys, clock())
      const identity = Object.freeze(toIdentity(claims, issuer.settings))
      verified.set(identity, { issuer, generation })
      identities.set(hash, identity)
      return identity
    },
    ready: () => [...byUrl.values()].every(({ keys }) => keys.current !== undefined),
    async [Symbol.asyncDispose]() {
      await Promise.all([...byUrl.values()].map(({ keys }) => keys[Symbol.asyncDispose]()))
    },
  }
}
