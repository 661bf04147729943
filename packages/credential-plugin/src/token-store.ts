import { createHash } from 'node:crypto'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makePrivateDirectory, withLock, writePrivateFile } from '@gatehouse/private-files'
import { z } from 'zod'
import type { LoginSettings } from './settings.ts'
import type { Tokens } from './tokens.ts'

const tokensSchema = z.object({
  idToken: z.string(),
  expiresAt: z.int(),
  subject: z.string(),
  refreshToken: z.string().optional(),
})

export interface TokenStore {
  /** The tokens of the last login with the same settings, if there was one. */
  read(): Promise<Tokens | undefined>
  write(tokens: Tokens): Promise<void>
  /** Runs `work` while no other process changes these tokens: a refresh token is good for one use. */
  exclusively<T>(work: () => Promise<T>): Promise<T>
}

/** Somebody may be at a login page meanwhile. */
const WAIT_MS = 300_000

/**
 * The tokens of `settings` below `directory`, one file each (mode 0600, in a directory that nobody else can
 * look into or exchange).
 *
 * @throws PrivateFilesError `ERR_NOT_PRIVATE`, `ERR_LOCKED`
 */
export async function openTokenStore(
  directory: string,
  settings: LoginSettings,
  { signal, onWait }: { signal: AbortSignal; onWait: () => void },
): Promise<TokenStore> {
  await makePrivateDirectory(directory, 'name another one with --cache-dir')
  const file = join(directory, `${keyOf(settings)}.json`)
  return {
    read: () => readTokens(file),
    write: (tokens) => writePrivateFile(file, JSON.stringify(tokens)),
    exclusively: (work) => withLock(`${file}.lock`, work, { waitMs: WAIT_MS, signal, onWait }),
  }
}

/**
 * Everything that says whose tokens these are and who gets to see the refresh token: a file that names the
 * same issuer at another address or with another authority has tokens of its own. Pure.
 */
function keyOf({ issuer, clientId, extraScopes, username, address, caPem }: LoginSettings): string {
  const parts = [issuer, clientId, extraScopes.toSorted(), username, address, caPem]
  return createHash('sha256')
    .update(JSON.stringify(parts.map((part) => part ?? null)))
    .digest('hex')
}

/** Tokens that can't be read, or that others could have read or written, are worth a new login. */
async function readTokens(file: string): Promise<Tokens | undefined> {
  let text: string
  try {
    if (((await stat(file)).mode & 0o077) !== 0) {
      await rm(file)
      return undefined
    }
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return tokensSchema.safeParse(JSON.parse(text)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
