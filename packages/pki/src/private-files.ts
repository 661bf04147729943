import { chmod, mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from '@gatehouse/private-files'
import { PkiError } from './errors.ts'

/** Permission bits of anyone but the owner. */
const OTHERS = 0o077

/** Makes `directory` with mode 0700. One that exists keeps its mode. */
export async function makePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
}

/** Runs `work` while nobody else works on `directory`. @throws PrivateFilesError `ERR_LOCKED` */
export function withDirectoryLock<T>(directory: string, work: () => Promise<T>): Promise<T> {
  return withLock(join(directory, '.lock'), work)
}

/** Takes everyone else's permissions on `directory` away. */
export async function closeDirectory(directory: string): Promise<void> {
  const { mode } = await stat(directory)
  if ((mode & OTHERS) !== 0) await chmod(directory, 0o700)
}

/** The text of `file`, or undefined when there is none. */
export async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new PkiError('ERR_UNREADABLE', `${file} can't be read: ${message}`, { cause })
  }
}

/** Whether anyone but the owner may read or write `file`; false when there is none. */
export async function isExposed(file: string): Promise<boolean> {
  try {
    return ((await stat(file)).mode & OTHERS) !== 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
