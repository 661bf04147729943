import type { KubernetesSettings } from '../../config/storage.ts'
import { DexError } from '../../errors.ts'
import { type Clock, isExpired, replacement, type Storage, type StoredEntry } from '../storage.ts'
import { ALL, fromSecret, nameOf, ofGrant, toSecret } from './secret.ts'
import { openSecrets } from './secrets.ts'

/** So many writers of one entry at once have never been seen; more of them are a fault. */
const ATTEMPTS = 100

/**
 * Keeps everything as Secrets of a namespace, for several replicas of dex at once. What must happen once
 * (a code's use, a rotation) does: Secrets are written only as the version that was read.
 *
 * @throws DexError `ERR_STORAGE`
 */
export async function openKubernetesStorage(
  settings: KubernetesSettings,
  { clock = Date.now }: { clock?: Clock } = {},
): Promise<Storage> {
  const secrets = await openSecrets(settings)

  async function read<T extends object>(kind: string, id: string) {
    const secret = await secrets.get(nameOf(kind, id))
    if (!secret) return {}
    const entry = fromSecret<T>(secret)
    return {
      version: secret.metadata?.resourceVersion,
      entry: isExpired(entry, clock()) ? undefined : entry,
    }
  }
  /** Writes what `change` makes of the present entry, again and again until nobody comes between. */
  async function modify<T extends object>(
    kind: string,
    id: string,
    change: (current: StoredEntry<T> | undefined) => StoredEntry<T> | undefined,
  ): Promise<{ entry: StoredEntry<T> | undefined; changed: boolean }> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { entry: current, version } = await read<T>(kind, id)
      const next = change(current)
      if (!next) return { entry: current, changed: false }
      const secret = toSecret(kind, id, next, { resourceVersion: version, owner: secrets.owner })
      if (await secrets.write(secret)) return { entry: next, changed: true }
    }
    throw new DexError('ERR_STORAGE', `an entry of kind ${kind} was changed by others ${ATTEMPTS} times`)
  }

  return {
    async put(kind, id, entry) {
      await modify(kind, id, (current) => replacement(current, entry))
    },
    async get<T extends object>(kind: string, id: string) {
      return (await read<T>(kind, id)).entry
    },
    async update<T extends object>(
      kind: string,
      id: string,
      change: Parameters<typeof modify<T>>[2],
    ): Promise<StoredEntry<T> | undefined> {
      const { entry } = await modify<T>(kind, id, (current) => {
        const next = change(current)
        return next && replacement(current, next)
      })
      return entry
    },
    async consume(kind, id) {
      const { changed } = await modify(kind, id, (current) =>
        current && current.consumedAt === undefined ? { ...current, consumedAt: clock() } : undefined,
      )
      return changed
    },
    async delete(kind, id) {
      await secrets.delete(nameOf(kind, id))
    },
    async deleteByGrant(kind, grantId) {
      for await (const { metadata } of secrets.list(ofGrant(kind, grantId))) {
        await secrets.delete(metadata?.name ?? '')
      }
    },
    async collectGarbage() {
      let deleted = 0
      for await (const secret of secrets.list(ALL)) {
        const { name = '', resourceVersion } = secret.metadata ?? {}
        if (isExpired(fromSecret(secret), clock()) && (await secrets.delete(name, resourceVersion)))
          deleted += 1
      }
      return deleted
    },
    async [Symbol.asyncDispose]() {
      // Connections end by themselves, and the Secrets are for the other replicas.
    },
  }
}
