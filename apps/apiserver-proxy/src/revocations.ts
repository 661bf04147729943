import { createRevocationList, type IsRevoked, revocationsSchema } from '@gatehouse/authentication'
import { loadConfiguration, type Logger, watchFiles } from '@gatehouse/server'

/** The revoked tokens as a file lists them now. */
export interface Revocations extends Disposable {
  readonly isRevoked: IsRevoked
  /** Sets who hears of a new list; it returns how many streams ended by it. */
  onChange(listener: () => number): void
}

/**
 * Reads the file of revoked tokens and follows it. A new file that can't be used, or is gone, is logged, and
 * the old list stays: a slip must not let anybody back in.
 *
 * @throws ConfigurationError when the first one can't be used
 */
export async function openRevocations(
  file: string | undefined,
  { logger }: { logger: Logger },
): Promise<Revocations> {
  let isRevoked: IsRevoked = createRevocationList([])
  let listener = () => 0
  const shared = {
    isRevoked: (token: Parameters<IsRevoked>[0]) => isRevoked(token),
    onChange(next: () => number) {
      listener = next
    },
  }
  if (file === undefined) return { ...shared, [Symbol.dispose]: () => undefined }

  let inUse = ''
  let refused: string | undefined
  const read = async () => {
    const { revocations } = await loadConfiguration(file, revocationsSchema)
    const content = JSON.stringify(revocations)
    if (content === inUse) return undefined
    inUse = content
    isRevoked = createRevocationList(revocations)
    return revocations.length
  }
  await read()
  const reload = async () => {
    try {
      const entries = await read()
      refused = undefined
      if (entries !== undefined)
        logger.info({ file, entries, endedStreams: listener() }, 'the revocations were read anew')
    } catch (error) {
      const { message } = error as Error
      // Looked at every few seconds, told once.
      if (refused === message) return
      refused = message
      logger.error({ file, reason: message }, 'the new revocations are not usable; the old ones stay')
    }
  }
  const watching = watchFiles([file], reload)
  return { ...shared, [Symbol.dispose]: () => watching[Symbol.dispose]() }
}
