import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { LRUCache } from 'lru-cache'
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

export type Attempt =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterSeconds: number }

/**
 * Slows the guessing of passwords: a bucket of attempts for each pair of account and address, taken from
 * before the password is looked at, so that attempts at the same time count too. Whoever guesses from
 * elsewhere doesn't use up the attempts of the account's owner, and every bucket fills again: nobody is
 * locked out.
 */
export interface LoginThrottle {
  readonly attempt: (account: string, address: string) => Attempt
  /** The password was right: the attempts are given back. */
  readonly succeeded: (account: string, address: string) => void
  /** The last attempt was no guess: it is given back, and no others with it. */
  readonly giveBack: (account: string, address: string) => void
}

export function createLoginThrottle(options: ThrottleOptions = {}): LoginThrottle {
  const { burst = 5, refillMs = 10_000, capacity = 50_000, clock = Date.now } = options
  const buckets = new LRUCache<string, { left: number; at: number }>({ max: capacity })
  return {
    attempt(account, address) {
      const key = keyOf(account, address)
      const now = clock()
      const bucket = buckets.get(key) ?? { left: burst, at: now }
      const refilled = Math.max(0, Math.floor((now - bucket.at) / refillMs))
      const left = Math.min(burst, bucket.left + refilled)
      const at = left === burst ? now : bucket.at + refilled * refillMs
      if (left === 0) {
        buckets.set(key, { left, at })
        return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil((at + refillMs - now) / 1000)) }
      }
      buckets.set(key, { left: left - 1, at })
      return { allowed: true }
    },
    succeeded(account, address) {
      // Not deleted: the last entry of an LRUCache takes all of its memory with it, which is cleared each time.
      buckets.set(keyOf(account, address), { left: burst, at: clock() })
    },
    giveBack(account, address) {
      const key = keyOf(account, address)
      const bucket = buckets.get(key)
      if (bucket) buckets.set(key, { ...bucket, left: Math.min(burst, bucket.left + 1) })
    },
  }
}

/** A fixed size, whatever was typed. */
function keyOf(account: string, address: string): string {
  return createHash('sha256')
    .update(`${account.trim().toLowerCase()}\0${networkOf(address)}`)
    .digest('base64url')
}

/** An IPv6 subscriber has a whole /64 to guess from. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.toLowerCase().startsWith('::ffff:')) return address
  const [head = '', tail] = address.split('::')
  const front = head.split(':').filter(Boolean)
  const back = tail?.split(':').filter(Boolean) ?? []
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0')
  return [...front, ...zeros, ...back]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
