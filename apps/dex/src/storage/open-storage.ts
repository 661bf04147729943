import type { StorageSettings } from '../config/storage.ts'
import { openMemoryStorage } from './memory.ts'
import { openSqliteStorage } from './sqlite.ts'
import type { Storage } from './storage.ts'

/**
 * Opens the storage that the configuration names.
 *
 * @throws DexError `ERR_STORAGE`
 */
export async function openStorage(settings: StorageSettings): Promise<Storage> {
  return settings.type === 'memory' ? openMemoryStorage() : openSqliteStorage(settings.config.file)
}
