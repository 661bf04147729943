import { type Clock, type Entry, isExpired, replacement, type Storage, type StoredEntry } from './storage.ts'

/** An entry whose value is JSON: a copy costs a fifth of what structuredClone takes. */
interface KeptEntry extends Omit<StoredEntry, 'value'> {
  readonly json: string
}

/** Keeps everything until the process ends. */
export function openMemoryStorage({ clock = Date.now }: { clock?: Clock } = {}): Storage {
  const entries = new Map<string, KeptEntry>()
  const keyOf = (kind: string, id: string) => `${kind}\0${id}`
  const find = (key: string): KeptEntry | undefined => {
    const entry = entries.get(key)
    return entry && !isExpired(entry, clock()) ? entry : undefined
  }
  const deleteWhere = (matches: (entry: KeptEntry, key: string) => boolean): number => {
    let deleted = 0
    for (const [key, entry] of entries) {
      if (matches(entry, key) && entries.delete(key)) deleted += 1
    }
    return deleted
  }
  const read = <T extends object>(key: string): StoredEntry<T> | undefined => {
    const entry = find(key)
    if (!entry) return undefined
    const { json, ...rest } = entry
    return { ...rest, value: JSON.parse(json) as T }
  }
  const write = (key: string, entry: Entry) => {
    const { value, ...rest } = replacement(find(key), entry)
    entries.set(key, { ...rest, json: JSON.stringify(value) })
  }
  return {
    async put(kind, id, entry) {
      write(keyOf(kind, id), entry)
    },
    async get(kind, id) {
      return read(keyOf(kind, id))
    },
    async update<T extends object>(
      kind: string,
      id: string,
      change: (current: StoredEntry<T> | undefined) => Entry<T> | undefined,
    ) {
      const key = keyOf(kind, id)
      const next = change(read<T>(key))
      if (next) write(key, next)
      return read<T>(key)
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
