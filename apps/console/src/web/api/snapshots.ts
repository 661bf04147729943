/** However much comes, the page is told ten times a second at most. */
const FLUSH_MS = 100

/** Something that changes by itself, for `useSyncExternalStore`. */
export interface Stream<Snapshot> {
  readonly snapshot: () => Snapshot
  readonly subscribe: (listener: () => void) => () => void
  /** Asks again at once. */
  readonly retry: () => void
  readonly close: () => void
}

/** The state of a stream, and who wants to hear of it. */
export function createSnapshots<Snapshot>(first: Snapshot) {
  const listeners = new Set<() => void>()
  let current = first
  let flushing: ReturnType<typeof setTimeout> | undefined
  const stop = () => {
    clearTimeout(flushing)
    flushing = undefined
  }
  const tell = (next: Snapshot) => {
    stop()
    current = next
    for (const listener of listeners) listener()
  }
  return {
    snapshot: () => current,
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell,
    /** Tells what `make` gives when the time has come, unless something is told before. */
    tellSoon(make: () => Snapshot) {
      flushing ??= setTimeout(() => tell(make()), FLUSH_MS)
    },
    /** Tells nothing more that was to be told soon. */
    stop,
  }
}
