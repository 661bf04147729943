import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider'
import type { IssuerClock } from '../time/clock.ts'
import type { Storage, StoredEntry } from '../storage/storage.ts'

/** Who logged in stands beside the provider's grant, under the same id. */
export const IDENTITY_KIND = 'Identity'
/** How long it is remembered that an authorization request was answered, in seconds. */
const REMEMBER_ANSWERED = 60

/**
 * What oidc-provider keeps, in our storage. It lives in real time; what is stored is in the issuer's, so that
 * everything ages when that one is moved. It asks "was it used?" and says "it is used now" in two steps;
 * here the second step fails for all but one who pass the first together. Dex has no sessions, and our
 * access tokens are JWTs, so neither is written down.
 */
export function createAdapterFactory(
  storage: Storage,
  options: {
    /** Seconds in which a used refresh token is taken again. */
    readonly reuseInterval: number
    readonly clock: IssuerClock
  },
): AdapterFactory {
  const { clock } = options
  return (kind) => {
    switch (kind) {
      case 'Session':
      case 'AccessToken':
        return discard
      case 'Interaction':
        return { ...basic(kind), find: findUnused(kind), destroy: answerOnce(kind) }
      case 'RefreshToken':
        return { ...basic(kind), find: findUsable, consume: consumeRefreshToken }
      case 'Grant':
        return { ...basic(kind), destroy: destroyGrant }
      default:
        return basic(kind)
    }
  }

  function basic(kind: string): Adapter {
    return {
      async upsert(id, payload, expiresIn) {
        const expiresAt = expiresIn === undefined ? {} : { expiresAt: clock.seconds() + expiresIn }
        const grantId = payload.grantId === undefined ? {} : { grantId: payload.grantId }
        await storage.put(kind, id, {
          value: shifted(payload, clock.offsetSeconds()),
          ...expiresAt,
          ...grantId,
        })
      },
      async find(id) {
        const entry = await read(kind, id)
        if (!entry) return undefined
        const { value, consumedAt } = entry
        return consumedAt === undefined ? value : { ...value, consumed: toReal(consumedAt) }
      },
      findByUserCode: async () => undefined,
      findByUid: async () => undefined,
      async consume(id) {
        if (!(await storage.consume(kind, id))) throw new errors.InvalidGrant(`${kind} was used already`)
      },
      destroy: (id) => storage.delete(kind, id),
      revokeByGrantId: (grantId) => storage.deleteByGrant(kind, grantId),
    }
  }

  async function read(kind: string, id: string): Promise<StoredEntry<AdapterPayload> | undefined> {
    const entry = await storage.get<AdapterPayload>(kind, id)
    return entry && { ...entry, value: shifted(entry.value, -clock.offsetSeconds()) }
  }

  /** Seconds of the real time, of milliseconds of the issuer's. */
  function toReal(milliseconds: number): number {
    return Math.floor(milliseconds / 1000) - clock.offsetSeconds()
  }

  function findUnused(kind: string): Adapter['find'] {
    return async (id) => {
      const entry = await read(kind, id)
      return entry?.consumedAt === undefined ? entry?.value : undefined
    }
  }

  /** oidc-provider destroys the interaction just before it issues the code. */
  function answerOnce(kind: string): Adapter['destroy'] {
    return async (id) => {
      if (!(await storage.consume(kind, id))) throw new errors.SessionNotFound('it was answered already')
      await storage.put(kind, id, { value: {}, expiresAt: clock.seconds() + REMEMBER_ANSWERED })
    }
  }

  /**
   * Dex refuses a used refresh token and keeps the grant; oidc-provider would revoke the grant if it saw
   * one. So a used one isn't found, or is found unused while it may be used again.
   */
  async function findUsable(id: string): Promise<AdapterPayload | undefined> {
    const entry = await read('RefreshToken', id)
    if (entry?.consumedAt === undefined) return entry?.value
    return isReusable(entry.consumedAt) ? entry.value : undefined
  }

  async function consumeRefreshToken(id: string): Promise<void> {
    const kind = 'RefreshToken'
    if (await storage.consume(kind, id)) {
      const entry = await storage.get(kind, id)
      if (options.reuseInterval === 0 || !entry) return storage.delete(kind, id)
      return storage.put(kind, id, { ...entry, expiresAt: clock.seconds() + options.reuseInterval })
    }
    const entry = await read(kind, id)
    if (entry?.consumedAt === undefined || !isReusable(entry.consumedAt)) {
      throw new errors.InvalidGrant('the refresh token was used already')
    }
    return undefined
  }

  function isReusable(consumedAt: number): boolean {
    return clock.now() - consumedAt < options.reuseInterval * 1000
  }

  async function destroyGrant(id: string): Promise<void> {
    await Promise.all([storage.delete('Grant', id), storage.delete(IDENTITY_KIND, id)])
  }
}

const discard: Adapter = {
  upsert: async () => undefined,
  find: async () => undefined,
  findByUserCode: async () => undefined,
  findByUid: async () => undefined,
  consume: async () => undefined,
  destroy: async () => undefined,
  revokeByGrantId: async () => undefined,
}

/** The members of a payload that are seconds since the epoch. */
const TIMES = ['iat', 'exp', 'iiat', 'authTime'] as const

/** `payload` with its times moved by so many seconds. */
function shifted(payload: AdapterPayload, seconds: number): AdapterPayload {
  if (seconds === 0) return payload
  const moved = TIMES.flatMap((name) => {
    const time: unknown = payload[name]
    return typeof time === 'number' ? [[name, time + seconds] as const] : []
  })
  return { ...payload, ...Object.fromEntries(moved) }
}
