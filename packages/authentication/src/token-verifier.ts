import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { LRUCache } from 'lru-cache'
import { AuthenticationError } from './errors.ts'
import { type Identity, toIdentity } from './identity.ts'
import { IssuerKeys, type IssuerKeysOptions } from './issuer-keys.ts'
import type { IssuerSettings } from './issuer-settings.ts'
import type { SigningKeys } from './signing-keys.ts'
import { claimedIssuer, isMeantFor, type VerifiedToken, verifyToken } from './verify-token.ts'

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
  /**
   * Whether a token that an earlier verifier with the same `keys` turned into this identity would become the same
   * one here, by its claims. For what was let through under other settings and is still going on.
   */
  accepts(identity: Identity): boolean
  /** Whether the keys of every issuer are known. */
  ready(): boolean
}

export interface TokenVerifierOptions extends IssuerKeysOptions {
  readonly issuers: readonly IssuerSettings[]
  /** Where several verifiers come one after the other; whoever made it ends it. A verifier's own otherwise. */
  readonly keys?: IssuerKeys | undefined
}

interface Issuer {
  readonly settings: IssuerSettings
  readonly keys: SigningKeys
}

interface Origin extends VerifiedToken {
  readonly issuer: Issuer
}

const CACHED_TOKENS = 8192

/** From what verifiers made the identities that they gave out. */
const origins = new WeakMap<Identity, Origin>()

/**
 * Makes a verifier for tokens of any of `issuers`; their keys are fetched in the background at once and
 * kept fresh. Verified tokens are remembered under a hash with a key of this process, so that the memory
 * holds no token, until they expire or their issuer's keys change.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { issuers, clock = Date.now } = options
  const ownKeys = options.keys ? undefined : new IssuerKeys(options)
  const keys = options.keys ?? ownKeys!
  const byUrl = new Map<string, Issuer>(
    issuers.map((settings) => [settings.url, { settings, keys: keys.of(settings) }]),
  )
  // A KeyObject, since createHmac with a raw key costs six times as much per call.
  const hashKey = createSecretKey(randomBytes(32))
  const identities = new LRUCache<string, Identity>({ max: CACHED_TOKENS })
  const hashOf = (token: string) => createHmac('sha256', hashKey).update(token).digest('base64')

  const isCurrent = (identity: Identity): boolean => {
    const origin = origins.get(identity)
    if (origin === undefined || identity.expiresAt * 1000 <= clock()) return false
    if (byUrl.get(origin.issuer.settings.url) !== origin.issuer) return false
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
    accepts(identity) {
      const origin = origins.get(identity)
      const issuer = origin && byUrl.get(origin.issuer.settings.url)
      if (issuer === undefined || issuer.keys !== origin?.issuer.keys) return false
      if (!isMeantFor(origin, issuer.settings)) return false
      try {
        return isDeepStrictEqual(toIdentity(origin.claims, issuer.settings), identity)
      } catch (error) {
        if (error instanceof AuthenticationError) return false
        throw error
      }
    },
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
      const verified = await verifyToken(token, issuer.settings, issuer.keys, clock())
      const identity = Object.freeze(toIdentity(verified.claims, issuer.settings))
      origins.set(identity, { issuer, ...verified })
      identities.set(hash, identity)
      return identity
    },
    ready: () => [...byUrl.values()].every((issuer) => issuer.keys.current !== undefined),
    async [Symbol.asyncDispose]() {
      await ownKeys?.[Symbol.asyncDispose]()
    },
  }
}
