import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider'
import type { Storage, StoredEntry } from '../storage/storage.ts'

/** Who logged in stands beside the provider's grant, under the same id. */
export const IDENTITY_KIND = 'Identity'
/** How long it is remembered that an authorization request was answered, in seconds. */
const REMEMBER_ANSWERED = 60

/**
 * What oidc-provider keeps, in our storage. It asks "was it used?" and says "it is used now" in two steps;
 * here the second step fails for all but one who pass the first together. Dex has no sessions, and our
 * access tokens are JWTs, so neither is written down.
 */
export function createAdapterFactory(
  storage: Storage,
  options: {
    /** Seconds in which a used refresh token is taken again. */
    readonly reuseInterval: number
  },
): AdapterFactory {
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
        const expiresAt = expiresIn === undefined ? {} : { expiresAt: now() + expiresIn }
        const grantId = payload.grantId === undefined ? {} : { grantId: payload.grantId }
        await storage.put(kind, id, { value: payload, ...expiresAt, ...grantId })
      },
      async find(id) {
        const entry = await read(kind, id)
        if (!entry) return undefined
        const { value, consumedAt } = entry
        return consumedAt === undefined ? value : { ...value, consumed: Math.floor(consumedAt / 1000) }
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

  function read(kind: string, id: string): Promise<StoredEntry<AdapterPayload> | undefined> {
    return storage.get<AdapterPayload>(kind, id)
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
      await storage.put(kind, id, { value: {}, expiresAt: now() + REMEMBER_ANSWERED })
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
      const entry = await read(kind, id)
      if (options.reuseInterval === 0 || !entry) return storage.delete(kind, id)
      return storage.put(kind, id, { ...entry, expiresAt: now() + options.reuseInterval })
    }
    const entry = await read(kind, id)
    if (entry?.consumedAt === undefined || !isReusable(entry.consumedAt)) {
      throw new errors.InvalidGrant('the refresh token was used already')
    }
    return undefined
  }

  function isReusable(consumedAt: number): boolean {
    return Date.now() - consumedAt < options.reuseInterval * 1000
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

function now(): number {
  return Math.floor(Date.now() / 1000)
}
