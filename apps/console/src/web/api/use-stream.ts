import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { Stream } from './snapshots.ts'

/** What a stream tells, for as long as the component is there; `open` anew when it is another function. */
export function useStream<Snapshot extends object>(
  open: (() => Stream<Snapshot>) | undefined,
  nothingYet: Snapshot,
): Snapshot & { readonly retry: () => void } {
  const [stream, setStream] = useState<Stream<Snapshot>>()
  useEffect(() => {
    const opened = open?.()
    setStream(opened)
    return () => {
      opened?.close()
      setStream(undefined)
    }
  }, [open])
  const snapshot = useSyncExternalStore(
    stream?.subscribe ?? subscribeToNothing,
    stream?.snapshot ?? (() => nothingYet),
  )
  return useMemo(() => ({ ...snapshot, retry: () => stream?.retry() }), [snapshot, stream])
}

const subscribeToNothing = () => () => undefined
