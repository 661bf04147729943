import type { IncomingMessage } from 'node:http'
import {
  clientAddress,
  createTokenBuckets,
  networkSchema,
  subscriberOf,
  type Taking,
} from '@gatehouse/server'
import { z } from 'zod'

const limit = (perMinute: number) => z.number().positive().max(1_000_000).default(perMinute)

/** How much one caller may ask for. */
export const limitsSchema = z.strictObject({
  /** Files for one user, in a minute. */
  filesPerMinute: limit(120),
  /** Files with a credential that is issued for the download, for one user, in a minute. */
  credentialsPerMinute: limit(10),
  /** Refused tokens from one address (for IPv6, a /64), in a minute; more are not looked at. */
  failuresPerMinute: limit(60),
})
export type LimitSettings = z.output<typeof limitsSchema>

/** The reverse proxies whose `X-Forwarded-For` is believed. */
export const trustedProxiesSchema = z.array(networkSchema).default([])

/** Rate limits, each in the memory of this process. */
export interface Limits {
  /** Whether another token from where the request comes from may be looked at. */
  readonly beforeVerification: (request: IncomingMessage) => Taking
  /** A token from there was refused. */
  readonly failed: (request: IncomingMessage) => void
  readonly file: (user: string) => Taking
  readonly credential: (user: string) => Taking
}

const MINUTE_MS = 60_000

export function createLimits(settings: LimitSettings, trustedProxies: readonly string[]): Limits {
  const addressOf = clientAddress({ header: 'X-Forwarded-For', trustedProxies })
  const placeOf = ({ socket, headers }: IncomingMessage) =>
    subscriberOf(addressOf(socket.remoteAddress ?? '', headers))
  const buckets = (perMinute: number) =>
    createTokenBuckets({ burst: Math.ceil(perMinute), refillMs: MINUTE_MS / perMinute })
  const files = buckets(settings.filesPerMinute)
  const credentials = buckets(settings.credentialsPerMinute)
  const failures = buckets(settings.failuresPerMinute)
  return {
    beforeVerification: (request) => failures.look(placeOf(request)),
    failed: (request) => void failures.take(placeOf(request)),
    file: files.take,
    credential: credentials.take,
  }
}
