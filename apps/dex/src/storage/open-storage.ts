import { isOutsideCluster, type StorageSettings } from '../config/storage.ts'
import { openKubernetesStorage } from './kubernetes/kubernetes.ts'
import { openMemoryStorage } from './memory.ts'
import { openSqliteStorage } from './sqlite.ts'
import type { Clock, Storage } from './storage.ts'

/**
 * Opens the storage that the configuration names.
 *
 * @throws DexError `ERR_STORAGE`
 */
export async function openStorage(settings: StorageSettings, clock: Clock): Promise<Storage> {
  if (settings.type === 'sqlite3') return openSqliteStorage(settings.config.file, { clock })
  if (settings.type === 'kubernetes' && !isOutsideCluster(settings)) {
    return openKubernetesStorage(settings.config, { clock })
  }
  return openMemoryStorage({ clock })
}
