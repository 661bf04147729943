import type { Logger } from './logger.ts'
import { watchFiles } from './watch-files.ts'

export interface Followed<T> extends Disposable {
  /** What was read last that could be used. */
  readonly current: () => T
}

export interface FollowOptions<T> {
  /** What is followed, for the log: "the certificate authority". */
  readonly what: string
  readonly read: () => Promise<T>
  /** The files that `read` reads; of a changed value, other ones. */
  readonly filesOf: (value: T) => readonly string[]
  readonly isSame: (one: T, other: T) => boolean
  /** Hears of each new value; what it returns stands in the log. */
  readonly onChange?: (value: T) => object
  readonly logger: Logger
}

/**
 * Reads something from files and follows their changes. What can't be used is logged, and the last value stays.
 *
 * @throws whatever the first `read` does
 */
export async function follow<T>(options: FollowOptions<T>): Promise<Followed<T>> {
  const { what, read, filesOf, isSame, onChange, logger } = options
  let current = await read()
  let refused: string | undefined
  const reload = async () => {
    try {
      const next = await read()
      refused = undefined
      if (disposed || isSame(next, current)) return
      const files = filesOf(next)
      const others = files.join('\0') !== filesOf(current).join('\0')
      current = next
      if (others) watchAnew(files)
      logger.info({ files, ...onChange?.(next) }, `the changed ${what} is in use`)
    } catch (error) {
      const { message } = error as Error
      // Looked at every few seconds, told once.
      if (refused === message) return
      refused = message
      logger.error(
        { files: filesOf(current), reason: message },
        `the new ${what} is not usable; the old one stays`,
      )
    }
  }
  let watching: Disposable | undefined
  let disposed = false
  const watchAnew = (files: readonly string[]) => {
    watching?.[Symbol.dispose]()
    watching = watchFiles(files, reload)
  }
  watchAnew(filesOf(current))
  return {
    current: () => current,
    [Symbol.dispose]() {
      disposed = true
      watching?.[Symbol.dispose]()
    },
  }
}
