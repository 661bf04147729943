import { LRUCache } from 'lru-cache'

export interface TokenBucketOptions {
  /** How many may be taken without a pause. */
  readonly burst: number
  /** Milliseconds after which one more is given. */
  readonly refillMs: number
  /** Keys that are remembered at most; the least recent is forgotten first (default 50,000). */
  readonly capacity?: number
  /** Milliseconds since the epoch; `Date.now` unless a test says otherwise. */
  readonly clock?: () => number
}

export type Taking =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterSeconds: number }

/** A bucket of tokens for each key: what was taken comes back one by one, so nobody is locked out. */
export interface TokenBuckets {
  readonly take: (key: string) => Taking
  /** What `take` would answer; nothing is taken. */
  readonly look: (key: string) => Taking
  /** Gives back the last token that was taken. */
  readonly giveBack: (key: string) => void
  /** Gives back all of them. */
  readonly refill: (key: string) => void
}

/** Rate limits in the memory of this process, of a bounded size whoever asks. */
export function createTokenBuckets(options: TokenBucketOptions): TokenBuckets {
  const { burst, refillMs, capacity = 50_000, clock = Date.now } = options
  const buckets = new LRUCache<string, { left: number; at: number }>({ max: capacity })
  const current = (key: string, now: number) => {
    const bucket = buckets.get(key) ?? { left: burst, at: now }
    const refilled = Math.max(0, Math.floor((now - bucket.at) / refillMs))
    const left = Math.min(burst, bucket.left + refilled)
    return { left, at: left === burst ? now : bucket.at + refilled * refillMs }
  }
  const answer = ({ left, at }: { left: number; at: number }, now: number): Taking =>
    left > 0
      ? { allowed: true }
      : { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil((at + refillMs - now) / 1000)) }
  return {
    take(key) {
      const now = clock()
      const bucket = current(key, now)
      buckets.set(key, { ...bucket, left: Math.max(0, bucket.left - 1) })
      return answer(bucket, now)
    },
    look(key) {
      const now = clock()
      return answer(current(key, now), now)
    },
    giveBack(key) {
      const bucket = buckets.get(key)
      if (bucket) buckets.set(key, { ...bucket, left: Math.min(burst, bucket.left + 1) })
    },
    refill(key) {
      // Not deleted: the last entry of an LRUCache takes all of its memory with it, which is cleared each time.
      buckets.set(key, { left: burst, at: clock() })
    },
  }
}
