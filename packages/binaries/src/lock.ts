import { setTimeout as delay } from 'node:timers/promises'
import { lock } from 'proper-lockfile'
import { BinariesError } from './errors.ts'

/** The lock of one executable in the cache. */
export interface Lock extends AsyncDisposable {
  /** Aborted when another process took the lock over, because this one did not run for seconds (Ctrl-Z). */
  readonly lost: AbortSignal
}

// The holder touches the lock every second; one that stopped doing so for five has been killed.
const staleMs = 5_000
const updateMs = 1_000
const askAgainMs = 200

/**
 * Waits until no other process works on what `lockFile` stands for, then holds it. It saves the work of doing a
 * thing twice; that the cache stays whole is owed to atomic renames alone.
 */
export async function acquireLock(
  lockFile: string,
  { signal, onWait }: { signal: AbortSignal; onWait: () => void },
): Promise<Lock> {
  const lost = new AbortController()
  for (let waiting = false; ; waiting = true) {
    signal.throwIfAborted()
    try {
      const release = await lock(lockFile, {
        lockfilePath: lockFile,
        realpath: false,
        stale: staleMs,
        update: updateMs,
        onCompromised: (cause) =>
          lost.abort(
            new BinariesError(
              'ERR_CACHE',
              `another process took over the work on ${lockFile}, because this one stood still: start again`,
              { cause },
            ),
          ),
      })
      return {
        lost: lost.signal,
        async [Symbol.asyncDispose]() {
          // A lock that was taken over is the other process's to release.
          if (!lost.signal.aborted) await release()
        },
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error
    }
    if (!waiting) onWait()
    await delay(askAgainMs, undefined, { signal })
  }
}
