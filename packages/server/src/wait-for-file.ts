import { access } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from './logger.ts'

/** Its folder may not be there either, so the file is looked for, and not watched. */
const LOOK_EVERY_MS = 250
const SAY_AGAIN_EVERY = 120

/**
 * Resolves with true once `file` is there, with false when `signal` aborts before. Says what it waits for at
 * once, and every half minute again.
 */
export async function waitForFile(
  file: string,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<boolean> {
  for (let looked = 0; !signal.aborted; looked++) {
    if (await exists(file)) return true
    if (looked % SAY_AGAIN_EVERY === 0) {
      logger.info({ file }, `waiting for ${file}, which is not there yet; whoever starts the stack writes it`)
    }
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
  return false
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Every other problem is the reader's to explain.
    return code !== 'ENOENT' && code !== 'ENOTDIR'
  }
}
