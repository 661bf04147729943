import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DexError } from '../errors.ts'

const LEAST_LENGTH = 32

/**
 * The secret in `file`, which is made where it is not there. A file that somebody else could have read or
 * written is refused: whoever has the secret can be anybody.
 *
 * @throws DexError `ERR_TEST_POWERS`
 */
export async function openSecret(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const made = await attempt(file, () => open(file, 'wx', 0o600), 'EEXIST')
  if (made) {
    await using handle = made
    const secret = randomBytes(32).toString('base64url')
    await handle.writeFile(`${secret}\n`)
    return secret
  }
  const opened = await attempt(file, () => open(file, constants.O_RDONLY | constants.O_NOFOLLOW))
  await using handle = opened!
  // Awaited here, while the file is open.
  return await readSecret(file, handle)
}

async function readSecret(file: string, handle: FileHandle): Promise<string> {
  const facts = await handle.stat()
  if (!facts.isFile()) throw unusable(file, 'it is not a file')
  if ((facts.mode & 0o077) !== 0) throw unusable(file, 'others may read or write it; make it chmod 0600')
  const user = process.getuid?.()
  if (user !== undefined && facts.uid !== user) throw unusable(file, 'it belongs to another user')
  const secret = (await handle.readFile('utf8')).trim()
  if (secret.length < LEAST_LENGTH || !/^[\x21-\x7e]+$/.test(secret)) {
    throw unusable(
      file,
      `it must hold at least ${LEAST_LENGTH} printable characters; delete it to get a new one`,
    )
  }
  return secret
}

/** Undefined where `work` fails with the code that is expected. */
async function attempt<T>(file: string, work: () => Promise<T>, expected?: string): Promise<T | undefined> {
  try {
    return await work()
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code !== undefined && code === expected) return undefined
    throw unusable(file, code === 'ELOOP' ? 'it is a symbolic link' : message, cause)
  }
}

function unusable(file: string, why: string, cause?: unknown): DexError {
  return new DexError('ERR_TEST_POWERS', `the secret file ${file} can't be used: ${why}`, { cause })
}
