import { isDeepStrictEqual } from 'node:util'
import { createRevocationList, type IsRevoked, revocationsSchema } from '@gatehouse/authentication'
import { follow, loadConfiguration, type Logger } from '@gatehouse/server'

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
  const followed =
    file === undefined
      ? undefined
      : await follow({
          what: 'list of revocations',
          read: async () => (await loadConfiguration(file, revocationsSchema)).revocations,
          filesOf: () => [file],
          isSame: isDeepStrictEqual,
          onChange(revocations) {
            isRevoked = createRevocationList(revocations)
            return { entries: revocations.length, endedStreams: listener() }
          },
          logger,
        })
  if (followed) isRevoked = createRevocationList(followed.current())
  return {
    isRevoked: (token) => isRevoked(token),
    onChange(next) {
      listener = next
    },
    [Symbol.dispose]: () => followed?.[Symbol.dispose](),
  }
}
