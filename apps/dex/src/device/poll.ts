import { createHash } from 'node:crypto'
import { equalInConstantTime } from '../http/browser-cookie.ts'

/** Seconds that a device should wait between two polls. */
export const POLL_INTERVAL = 5

/** The last poll of a device. */
export interface Poll {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Seconds that it has to wait until the next. */
  readonly interval: number
}

/**
 * What a poll at `now` is: too early, which makes the interval five seconds longer each time, or all right.
 * Pure.
 *
 * @see RFC 8628 section 3.5; Dex, server/deviceflowhandlers.go, handleDeviceToken
 */
export function nextPoll(
  former: Poll | undefined,
  now: number,
): { readonly tooEarly: boolean; readonly poll: Poll } {
  const tooEarly = former !== undefined && now < former.at + former.interval * 1000
  return { tooEarly, poll: { at: now, interval: (tooEarly ? former.interval : 0) + POLL_INTERVAL } }
}

/** The PKCE challenge of a device, which Dex takes too. */
export interface DeviceChallenge {
  readonly challenge: string
  readonly method: 'S256' | 'plain'
}

/** Whether `verifier` fits; without a challenge there must be none. Pure. */
export function isVerifierRight(asked: DeviceChallenge | undefined, verifier: string | undefined): boolean {
  if (!asked || !verifier) return !asked && !verifier
  const made = asked.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier
  return equalInConstantTime(made, asked.challenge)
}
