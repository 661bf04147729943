import { type Clock, isExpired, type Storage, type StoredEntry } from './storage.ts'

/** Keeps everything until the process ends. */
export function openMemoryStorage({ clock = Date.now }: { clock?: Clock } = {}): Storage {
  const entries = new Map<string, StoredEntry>()
  const keyOf = (kind: string, id: string) => `${kind}\0${id}`
  const find = (key: string): StoredEntry | undefined => {
    const entry = entries.get(key)
    return entry && !isExpired(entry, clock()) ? entry : undefined
  }
  const deleteWhere = (matches: (entry: StoredEntry, key: string) => boolean): number => {
    let deleted = 0
    for (const [key, entry] of entries) {
      if (matches(entry, key) && entries.delete(key)) deleted += 1
    }
    return deleted
  }
  return {
    async put(kind, id, entry) {
      const key = keyOf(kind, id)
      const consumedAt = find(key)?.consumedAt
      const { value, expiresAt, grantId } = structuredClone(entry)
      entries.set(key, {
        value,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(grantId === undefined ? {} : { grantId }),
        ...(consumedAt === undefined ? {} : { consumedAt }),
      })
    },
    async get<T extends object>(kind: string, id: string) {
      return structuredClone(find(keyOf(kind, id))) as StoredEntry<T> | undefined
    },
    async consume(kind, id) {
      const key = keyOf(kind, id)
      const entry = find(key)
      if (!entry || entry.consumedAt !== undefined) return false
      entries.set(key, { ...entry, consumedAt: clock() })
      return true
    },
    async delete(kind, id) {
      entries.delete(keyOf(kind, id))
    },
    async deleteByGrant(kind, grantId) {
      deleteWhere((entry, key) => entry.grantId === grantId && key.startsWith(keyOf(kind, '')))
    },
    async collectGarbage() {
      return deleteWhere((entry) => isExpired(entry, clock()))
    },
    async [Symbol.asyncDispose]() {
      entries.clear()
    },
  }
}
