import { type FSWatcher, watch } from 'node:fs'

/**
 * Calls `onChange` soon after something at or below one of `paths` changed, once for a burst of changes
 * (editors write a file in several steps). A path that does not exist is an error.
 */
export function watchPaths(paths: readonly string[], onChange: () => void, settleMs = 60): Disposable {
  let timer: NodeJS.Timeout | undefined
  const later = () => {
    clearTimeout(timer)
    timer = setTimeout(onChange, settleMs)
  }
  const watchers: FSWatcher[] = []
  const close = () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
  try {
    for (const path of paths) {
      const watcher = watch(path, { recursive: true, persistent: false }, later)
      // A watched folder that is deleted is a change like any other.
      watcher.on('error', later)
      watchers.push(watcher)
    }
  } catch (error) {
    close()
    throw error
  }
  return { [Symbol.dispose]: close }
}
