import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { useConsole } from '../console-context.ts'
import { type ListSnapshot, type ListStream, openListStream } from './list-stream.ts'

const NOTHING_YET: ListSnapshot = { phase: 'loading', columns: [], rows: [] }

/** A live list for as long as the component is there; no path, no list. */
export function useListStream(
  path: string | undefined,
  query?: Readonly<Record<string, string>>,
): ListSnapshot & { readonly retry: () => void } {
  const { api } = useConsole()
  const [stream, setStream] = useState<ListStream>()
  // By content, so that a caller may write the selectors where it calls.
  const selectors = JSON.stringify(query ?? {})
  useEffect(() => {
    if (path === undefined) return undefined
    const opened = openListStream(api, path, JSON.parse(selectors) as Record<string, string>)
    setStream(opened)
    return () => {
      opened.close()
      setStream(undefined)
    }
  }, [api, path, selectors])
  const snapshot = useSyncExternalStore(stream?.subscribe ?? subscribeToNothing, stream?.snapshot ?? nothing)
  return useMemo(() => ({ ...snapshot, retry: () => stream?.retry() }), [snapshot, stream])
}

const subscribeToNothing = () => () => undefined
const nothing = () => NOTHING_YET
