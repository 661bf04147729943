import { useMemo } from 'react'
import { useConsole } from '../console-context.ts'
import { type ListSnapshot, openListStream } from './list-stream.ts'
import { useStream } from './use-stream.ts'

const NOTHING_YET: ListSnapshot = { phase: 'loading', columns: [], rows: [] }

/** A live list for as long as the component is there; no path, no list. */
export function useListStream(path: string | undefined, query?: Readonly<Record<string, string>>) {
  const { api } = useConsole()
  // By content, so that a caller may write the selectors where it calls.
  const selectors = JSON.stringify(query ?? {})
  const open = useMemo(() => {
    if (path === undefined) return undefined
    return () => openListStream(api, path, JSON.parse(selectors) as Record<string, string>)
  }, [api, path, selectors])
  return useStream(open, NOTHING_YET)
}
