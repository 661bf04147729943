import type { StorageSettings } from '../config/storage.ts'
import { openMemoryStorage } from './memory.ts'
import { openSqliteStorage } from './sqlite.ts'
import type { Clock, Storage } from './storage.ts'

/**
 * Opens the storage that the configuration names.
 *
 * @throws DexError `ERR_STORAGE`
 */
export async function openStorage(settings: StorageSettings, clock: Clock): Promise<Storage> {
  return settings.type === 'sqlite3'
    ? openSqliteStorage(settings.config.file, { clock })
    : openMemoryStorage({ clock })
}
