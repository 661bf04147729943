import { setTimeout as delay } from 'node:timers/promises'
import { PrivateFilesError } from './errors.ts'

/** The holder touches the lock every second; one that stopped doing so for five has been killed. */
const STALE_MS = 5000
const UPDATE_MS = 1000
const RETRY_MS = 20

export interface LockOptions {
  /** How long to wait for another holder; 20 seconds when absent, enough for somebody who writes a few files. */
  readonly waitMs?: number
  readonly signal?: AbortSignal
  /** Called once, when somebody else holds the lock. */
  readonly onWait?: () => void
}

/**
 * Runs `work` while no other process, and no other call in this one, runs its own under `lockfile` (an
 * absolute path in a directory that is there).
 *
 * @throws PrivateFilesError `ERR_LOCKED` after `waitMs`, or when this process stood still (Ctrl-Z) and lost the lock
 */
export async function withLock<T>(
  lockfile: string,
  work: () => Promise<T>,
  { waitMs = 20_000, signal, onWait }: LockOptions = {},
): Promise<T> {
  let lost: Error | undefined
  const release = await acquire(lockfile, {
    waitMs,
    signal,
    onWait,
    onCompromised: (cause) => (lost = cause),
  })
  try {
    const result = await work()
    if (lost) {
      throw new PrivateFilesError('ERR_LOCKED', `another process took over ${lockfile}: start again`, {
        cause: lost,
      })
    }
    return result
  } finally {
    // A lock that was taken over is the other process's to release.
    if (!lost) await release()
  }
}

async function acquire(
  lockfilePath: string,
  options: {
    waitMs: number
    signal: AbortSignal | undefined
    onWait: (() => void) | undefined
    onCompromised: (error: Error) => void
  },
): Promise<() => Promise<void>> {
  const { waitMs, signal, onWait, onCompromised } = options
  const end = performance.now() + waitMs
  // Loaded here, since many a command that only reads needs files of this package, but no lock.
  const { lock } = await import('proper-lockfile')
  for (let attempt = 0; ; attempt++) {
    try {
      return await lock(lockfilePath, {
        lockfilePath,
        realpath: false,
        stale: STALE_MS,
        update: UPDATE_MS,
        onCompromised,
      })
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      // ENOTDIR: the lock is a file, as kubectl makes them. It has no heartbeat, so it is never stale.
      if (code !== 'ELOCKED' && code !== 'ENOTDIR') throw cause
      if (attempt === 0) onWait?.()
      if (performance.now() > end) {
        throw new PrivateFilesError(
          'ERR_LOCKED',
          `another process has held ${lockfilePath} for more than ${Math.round(waitMs / 1000)} s; end it, or, if there is none, remove that file, and try again`,
          { cause },
        )
      }
      await delay(RETRY_MS, undefined, signal ? { signal } : {})
    }
  }
}
