import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'

/** Events are missed on network file systems and when a directory is replaced, so files are looked at anyway. */
const LOOK_AGAIN_MS = 10_000
/** A renewal writes more than one file; wait until it is through. */
const SETTLE_MS = 50

export interface WatchedFiles extends Disposable {
  /** Calls `onMaybeChanged` now, too, or when the call that is at work is done. */
  readonly look: () => void
}

/**
 * Calls `onMaybeChanged` shortly after something happened to `files`, and every few seconds besides.
 * Directories are watched, not files, since a file that is replaced (rename, Kubernetes' symlinks) is a new
 * one. Doesn't keep the process running. A call that is still at work is never doubled.
 */
export function watchFiles(files: readonly string[], onMaybeChanged: () => Promise<void>): WatchedFiles {
  let running = false
  let again = false
  let settling: NodeJS.Timeout | undefined
  let disposed = false
  const run = async () => {
    if (running) {
      again = true
      return
    }
    running = true
    try {
      do {
        again = false
        await onMaybeChanged()
      } while (again && !disposed)
    } finally {
      running = false
    }
  }
  const soon = () => {
    clearTimeout(settling)
    settling = setTimeout(() => void run(), SETTLE_MS).unref()
  }
  const watchers = [...new Set(files.map((file) => dirname(file)))].flatMap((directory) =>
    watchDirectory(directory, soon),
  )
  const interval = setInterval(() => void run(), LOOK_AGAIN_MS).unref()
  return {
    look: () => void run(),
    [Symbol.dispose]() {
      disposed = true
      clearTimeout(settling)
      clearInterval(interval)
      for (const watcher of watchers) watcher.close()
    },
  }
}

function watchDirectory(directory: string, onEvent: () => void): FSWatcher[] {
  try {
    const watcher = watch(directory, { persistent: false }, onEvent)
    // Where watching ends, looking again every few seconds is left.
    watcher.on('error', () => watcher.close())
    return [watcher]
  } catch {
    return []
  }
}
