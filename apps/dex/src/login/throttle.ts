import { createHash } from 'node:crypto'
import { createTokenBuckets, subscriberOf, type Taking } from '@gatehouse/server'
import type { Clock } from '../storage/storage.ts'

export interface ThrottleOptions {
  /** Attempts that may follow each other without a pause (default 5). */
  readonly burst?: number
  /** Milliseconds after which one more attempt is given (default 10,000). */
  readonly refillMs?: number
  /** Pairs that are remembered at most; the least recent is forgotten first (default 50,000). */
  readonly capacity?: number
  readonly clock?: Clock
}

/**
 * Slows the guessing of passwords: a bucket of attempts for each pair of account and address, taken from
 * before the password is looked at, so that attempts at the same time count too. Whoever guesses from
 * elsewhere doesn't use up the attempts of the account's owner, and every bucket fills again: nobody is
 * locked out.
 */
export interface LoginThrottle {
  readonly attempt: (account: string, address: string) => Taking
  /** The password was right: the attempts are given back. */
  readonly succeeded: (account: string, address: string) => void
  /** The last attempt was no guess: it is given back, and no others with it. */
  readonly giveBack: (account: string, address: string) => void
}

export function createLoginThrottle(options: ThrottleOptions = {}): LoginThrottle {
  const buckets = createTokenBuckets({ burst: 5, refillMs: 10_000, ...options })
  return {
    attempt: (account, address) => buckets.take(keyOf(account, address)),
    succeeded: (account, address) => buckets.refill(keyOf(account, address)),
    giveBack: (account, address) => buckets.giveBack(keyOf(account, address)),
  }
}

/** A fixed size, whatever was typed. */
function keyOf(account: string, address: string): string {
  return createHash('sha256')
    .update(`${account.trim().toLowerCase()}\0${subscriberOf(address)}`)
    .digest('base64url')
}
