import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useAllowed } from '../api/access.ts'
import { ApiError, isFinal } from '../api/errors.ts'
import { jsonLines } from '../api/json-lines.ts'
import type { KubernetesObject } from '../api/objects.ts'
import { collectionPath, objectPath, type ObjectPlace, type ResourceType } from '../api/resource-type.ts'
import { sleep } from '../api/sleep.ts'
import { useConsole } from '../console-context.ts'

const POLL_MS = 5000

/** One object as it is now: watched where the person may watch it, else asked for again and again. */
export function useLiveObject(type: ResourceType, place: ObjectPlace) {
  const { api } = useConsole()
  const client = useQueryClient()
  const { group, version, resource } = type
  const { namespace, name } = place
  const path = objectPath({ group, version, resource }, { namespace, name })
  const collection = collectionPath({ group, version, resource }, namespace)
  const canWatch = useAllowed(
    type.verbs.includes('watch') ? { verb: 'watch', group, resource, namespace, name } : undefined,
  )
  const query = useQuery({
    queryKey: ['object', path],
    queryFn: ({ signal }) => api.json<KubernetesObject>(path, { signal }),
    refetchInterval: canWatch ? false : POLL_MS,
    // An object that is gone stays gone; its last state must not be shown as if it were there.
    retry: (failures, error) => failures < 3 && !isFinal(error),
  })
  const isThere = query.data !== undefined && !query.error
  useEffect(() => {
    if (!canWatch || !isThere) return undefined
    const closed = new AbortController()
    const { signal } = closed
    const follow = async () => {
      const parameters = new URLSearchParams({ watch: '1', fieldSelector: `metadata.name=${name}` })
      for (;;) {
        try {
          const response = await api.fetch(`${collection}?${parameters}`, { signal })
          for await (const event of jsonLines<{ type: string; object: KubernetesObject }>(response.body!)) {
            if (event.type === 'ERROR') break
            // One that was deleted is asked for, so that the answer says so.
            if (event.type === 'DELETED') await client.resetQueries({ queryKey: ['object', path] })
            else client.setQueryData(['object', path], event.object)
          }
        } catch (error) {
          if (signal.aborted) return
          if (error instanceof ApiError && isFinal(error)) return
          // Whether the API is there at all shows in the object itself.
          void client.invalidateQueries({ queryKey: ['object', path] })
        }
        await sleep(POLL_MS, signal)
      }
    }
    follow().catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
    return () => closed.abort()
  }, [api, client, canWatch, isThere, path, collection, name])
  const gone = query.error instanceof ApiError && query.error.code === 404
  return { ...query, data: gone ? undefined : query.data }
}
