import { chmod, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { DexError } from '../errors.ts'
import type { Clock, Entry, Storage, StoredEntry } from './storage.ts'

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS entries (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    value TEXT NOT NULL,
    expires_at INTEGER,
    grant_id TEXT,
    consumed_at INTEGER,
    PRIMARY KEY (kind, id)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX IF NOT EXISTS entries_by_grant ON entries (kind, grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entries_by_expiry ON entries (expires_at) WHERE expires_at IS NOT NULL;
`
const ALIVE = '(entries.expires_at IS NULL OR entries.expires_at * 1000 > :now)'

/**
 * Keeps everything in the SQLite database `file`, which is made where it is not there and may be read by
 * its owner only: it holds private keys and refresh tokens.
 *
 * @throws DexError `ERR_STORAGE`
 */
export async function openSqliteStorage(
  file: string,
  { clock = Date.now }: { clock?: Clock } = {},
): Promise<Storage> {
  const database = await attempt(file, () => openPrivateDatabase(file))
  const sql = {
    put: database.prepare(
      `INSERT INTO entries (kind, id, value, expires_at, grant_id)
       VALUES (:kind, :id, :value, :expiresAt, :grantId)
       ON CONFLICT DO UPDATE SET
         consumed_at = CASE WHEN ${ALIVE} THEN consumed_at END,
         value = excluded.value, expires_at = excluded.expires_at, grant_id = excluded.grant_id`,
    ),
    get: database.prepare(`SELECT * FROM entries WHERE kind = :kind AND id = :id AND ${ALIVE}`),
    consume: database.prepare(
      `UPDATE entries SET consumed_at = :now WHERE kind = :kind AND id = :id AND consumed_at IS NULL AND ${ALIVE}`,
    ),
    delete: database.prepare('DELETE FROM entries WHERE kind = ? AND id = ?'),
    deleteByGrant: database.prepare('DELETE FROM entries WHERE kind = ? AND grant_id = ?'),
    collectGarbage: database.prepare(`DELETE FROM entries WHERE NOT ${ALIVE}`),
  }
  const read = <T extends object>(kind: string, id: string) =>
    entryOf<T>(sql.get.get({ kind, id, now: clock() }))
  const write = (kind: string, id: string, { value, expiresAt, grantId }: Entry) => {
    const absent = { expiresAt: expiresAt ?? null, grantId: grantId ?? null }
    sql.put.run({ kind, id, value: JSON.stringify(value), ...absent, now: clock() })
  }
  return {
    put: (kind, id, entry) => attempt(file, () => write(kind, id, entry)),
    get: <T extends object>(kind: string, id: string) => attempt(file, () => read<T>(kind, id)),
    update: <T extends object>(
      kind: string,
      id: string,
      change: (current: StoredEntry<T> | undefined) => Entry<T> | undefined,
    ) =>
      attempt(file, () =>
        inTransaction(database, () => {
          const next = change(read<T>(kind, id))
          if (next) write(kind, id, next)
          return read<T>(kind, id)
        }),
      ),
    consume: (kind, id) => attempt(file, () => sql.consume.run({ kind, id, now: clock() }).changes === 1),
    delete: (kind, id) => attempt(file, () => void sql.delete.run(kind, id)),
    deleteByGrant: (kind, grantId) => attempt(file, () => void sql.deleteByGrant.run(kind, grantId)),
    collectGarbage: () => attempt(file, () => Number(sql.collectGarbage.run({ now: clock() }).changes)),
    async [Symbol.asyncDispose]() {
      if (database.isOpen) database.close()
    },
  }
}

async function openPrivateDatabase(file: string): Promise<DatabaseSync> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  // SQLite would make it readable for all; its -wal and -shm files take the mode of this one.
  await (await open(file, 'a', 0o600)).close()
  await chmod(file, 0o600)
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(file)
  try {
    database.exec(SCHEMA)
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

function entryOf<T extends object>(
  row: Record<string, SQLOutputValue> | undefined,
): StoredEntry<T> | undefined {
  if (!row) return undefined
  const { value, expires_at: expiresAt, grant_id: grantId, consumed_at: consumedAt } = row
  return {
    value: JSON.parse(String(value)) as T,
    ...(expiresAt === null ? {} : { expiresAt: Number(expiresAt) }),
    ...(grantId === null ? {} : { grantId: String(grantId) }),
    ...(consumedAt === null ? {} : { consumedAt: Number(consumedAt) }),
  }
}

/** Nobody else writes while `work` runs, also in another process. */
function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

/** Runs `work` and gives what SQLite throws the name of the file. */
async function attempt<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const { message } = cause as Error
    throw new DexError('ERR_STORAGE', `the SQLite database ${file} can't be used: ${message}`, { cause })
  }
}
