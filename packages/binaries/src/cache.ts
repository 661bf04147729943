import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { belongsToUs } from './cache-root.ts'
import { BinariesError } from './errors.ts'
import type { Outcome } from './given.ts'
import { sha256Of } from './sha256.ts'

const recordSchema = z.object({
  version: z.string(),
  sha256: z.string(),
  size: z.number(),
  mtimeMs: z.number(),
})

const recordFile = (file: string) => join(dirname(file), `${basename(file)}.json`)

/**
 * Looks whether the executable `file` of the cache is the one that was put there. Size and time of change are
 * compared with its record; only where they differ is the sum computed (half a second for all of Kubernetes).
 *
 * @throws BinariesError `ERR_CACHE` when others could have put something there
 */
export async function tryCached(file: string, version: string): Promise<Outcome> {
  const outcome = await lookIntoCache(file, version)
  if ('path' in outcome && ((await stat(file)).mode & 0o777) !== 0o755) await chmod(file, 0o755)
  return outcome
}

/**
 * What `tryCached` does, and changes nothing.
 *
 * @throws BinariesError `ERR_CACHE`
 */
export async function lookIntoCache(file: string, version: string): Promise<Outcome> {
  await assertPrivate(dirname(file))
  const found = await stat(file).catch(() => undefined)
  if (!found) return { missed: `${file} is not there` }
  if (!belongsToUs(found)) return { missed: `${file} belongs to, or can be changed by, other users` }
  const record = await readRecord(file)
  if (record?.version !== version) return { missed: `${file} has no record of being ${version}` }
  const untouched = found.size === record.size && found.mtimeMs === record.mtimeMs
  if (!untouched && (await sha256Of(file)) !== record.sha256) {
    return { missed: `${file} was changed since it was put there` }
  }
  return { path: file }
}

/** Moves a finished, checked executable to its place, at once or not at all. */
export async function putIntoCache(temporary: string, file: string, version: string): Promise<void> {
  await chmod(temporary, 0o755)
  const { size, mtimeMs } = await stat(temporary)
  const record = { version, sha256: await sha256Of(temporary), size, mtimeMs }
  const temporaryRecord = `${temporary}.json`
  await writeFile(temporaryRecord, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  await rename(temporary, file)
  await rename(temporaryRecord, recordFile(file))
}

/**
 * A new folder beside `file` for work on it; removed at disposal. What a killed process left of such folders is
 * removed now, so hold the lock.
 *
 * @throws BinariesError `ERR_CACHE`
 */
export async function workDirectoryFor(file: string): Promise<AsyncDisposable & { readonly path: string }> {
  const prefix = `.${basename(file)}.work-`
  for (const entry of await readdir(dirname(file))) {
    if (entry.startsWith(prefix)) await removeTree(join(dirname(file), entry))
  }
  const path = join(dirname(file), `${prefix}${process.pid}-${Date.now().toString(36)}`)
  await mkdir(path, { mode: 0o700 })
  return { path, [Symbol.asyncDispose]: () => removeTree(path) }
}

/**
 * Makes `directory`, a folder of the cache.
 *
 * @throws BinariesError `ERR_CACHE`, also when others could have put something there
 */
export async function prepareCache(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new BinariesError(
      'ERR_CACHE',
      `the cache ${directory} can't be made (${(cause as Error).message}): set XDG_CACHE_HOME to a folder of yours`,
      { cause },
    )
  }
  await assertPrivate(directory)
}

const removeTree = (path: string) =>
  rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })

async function readRecord(file: string): Promise<z.output<typeof recordSchema> | undefined> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(recordFile(file), 'utf8')))
  } catch {
    // No record, or one that is not whole: as good as no executable, which is then made anew.
    return undefined
  }
}

async function assertPrivate(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined)
  if (!found || belongsToUs(found)) return
  throw new BinariesError(
    'ERR_CACHE',
    `the cache ${directory} belongs to, or can be changed by, other users: remove it, or set XDG_CACHE_HOME`,
  )
}
