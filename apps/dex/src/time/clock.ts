import type { Clock } from '../storage/storage.ts'

/**
 * What time it is for the issuer: the real time, unless a test has moved it. Everything that ages goes by
 * it (tokens, codes, refresh tokens, logins, signing keys); logs, timeouts, TLS and the throttle go by the
 * real one.
 */
export interface IssuerClock {
  /** Milliseconds since the epoch. */
  readonly now: Clock
  /** Whole seconds since the epoch. */
  readonly seconds: () => number
  /** How far it is ahead of the real time. */
  readonly offsetSeconds: () => number
  /** Whole seconds; 0 is the real time. */
  readonly setOffset: (seconds: number) => void
}

export function createIssuerClock(real: Clock = Date.now): IssuerClock {
  let offset = 0
  const now = () => real() + offset * 1000
  return {
    now,
    seconds: () => Math.floor(now() / 1000),
    offsetSeconds: () => offset,
    setOffset(seconds) {
      offset = Math.trunc(seconds)
    },
  }
}
