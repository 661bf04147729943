import type { JWK } from 'jose'

/** A key that signs no more, but whose tokens are still about. */
export interface RetiredKey {
  readonly publicJwk: JWK
  /** Seconds since the epoch: when the last token that it signed has expired. */
  readonly keepUntil: number
}

/** The keys of the issuer as they are stored. Times are seconds since the epoch. */
export interface StoredKeys {
  readonly privateJwk: JWK
  readonly publicJwk: JWK
  readonly rotateAt: number
  readonly retired: readonly RetiredKey[]
}

export interface KeyPair {
  readonly privateJwk: JWK
  readonly publicJwk: JWK
}

export interface RotationPolicy {
  /** Seconds that a key signs. */
  readonly signingKeys: number
  /** Seconds that a token lives. */
  readonly idTokens: number
}

/** The keys after `pair` took over at `now`: the former one is kept as long as its last token lives. Pure. */
export function rotate(
  former: StoredKeys | undefined,
  pair: KeyPair,
  policy: RotationPolicy,
  now: number,
): StoredKeys {
  const retired = former
    ? [{ publicJwk: former.publicJwk, keepUntil: now + policy.idTokens }, ...former.retired]
    : []
  return {
    ...pair,
    rotateAt: now + policy.signingKeys,
    retired: retired.filter(({ keepUntil }) => keepUntil > now),
  }
}

/** The public keys that a token may be verified with at `now`, the signing one first. Pure. */
export function publicKeys(keys: StoredKeys, now: number): JWK[] {
  return [
    keys.publicJwk,
    ...keys.retired.filter(({ keepUntil }) => keepUntil > now).map(({ publicJwk }) => publicJwk),
  ]
}

/**
 * Seconds that a client may cache the public keys for: until the next rotation, and two minutes at least,
 * as Dex says it.
 */
export function cacheSeconds(keys: StoredKeys, now: number): number {
  return Math.max(120, Math.floor(keys.rotateAt - now))
}
