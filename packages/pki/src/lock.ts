import { join } from 'node:path'
import { lock } from 'proper-lockfile'
import { PkiError } from './errors.ts'

/** The holder touches the lock every second; one that stopped doing so for five has been killed. */
const STALE_MS = 5000
const UPDATE_MS = 1000
const RETRY_MS = 20
/** Holders write a few small files; whoever waits longer waits for something else. */
const WAIT_MS = 20_000

/**
 * Runs `work` while no other process, and no other call in this one, runs its own for the same directory.
 *
 * @throws PkiError `ERR_LOCKED` after 20 seconds, or when this process stood still (Ctrl-Z) and lost the lock
 */
export async function withLock<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const lockfilePath = join(directory, '.lock')
  let lost: Error | undefined
  const release = await acquire(directory, lockfilePath, (cause) => (lost = cause))
  try {
    const result = await work()
    if (lost) {
      throw new PkiError('ERR_LOCKED', `another process took over the work on ${directory}: start again`, {
        cause: lost,
      })
    }
    return result
  } finally {
    // A lock that was taken over is the other process's to release.
    if (!lost) await release()
  }
}

async function acquire(directory: string, lockfilePath: string, onCompromised: (error: Error) => void) {
  const retries = { retries: WAIT_MS / RETRY_MS, factor: 1, minTimeout: RETRY_MS, maxTimeout: RETRY_MS }
  try {
    return await lock(directory, { lockfilePath, stale: STALE_MS, update: UPDATE_MS, retries, onCompromised })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ELOCKED') throw cause
    throw new PkiError(
      'ERR_LOCKED',
      `another process has been writing in ${directory} for more than ${WAIT_MS / 1000} s; end it, and try again`,
      { cause },
    )
  }
}
