import { useQuery } from '@tanstack/react-query'
import { useAccess } from '../api/access.ts'
import type { KubernetesObject } from '../api/objects.ts'
import { useConsole } from '../console-context.ts'

const KEY = 'gatehouse.namespaces'

/** The namespaces to offer: the cluster's, or, for who may not list them, those typed before in this tab. */
export function useKnownNamespaces(): {
  readonly names: readonly string[]
  readonly mayList: boolean
  readonly isPending: boolean
} {
  const { api } = useConsole()
  const { allowed, isPending } = useAccess([{ verb: 'list', group: '', resource: 'namespaces' }])
  const mayList = allowed[0] === true
  const { data } = useQuery({
    queryKey: ['namespaces'],
    queryFn: ({ signal }) =>
      api.json<{ items: readonly KubernetesObject[] }>('/api/v1/namespaces', { signal }),
    enabled: mayList,
    refetchInterval: 30_000,
  })
  const names = mayList ? (data?.items ?? []).map(({ metadata }) => metadata.name) : rememberedNamespaces()
  return { names, mayList, isPending }
}

export function rememberNamespace(name: string): void {
  const names = [name, ...rememberedNamespaces().filter((other) => other !== name)].slice(0, 20)
  sessionStorage.setItem(KEY, JSON.stringify(names))
}

function rememberedNamespaces(): string[] {
  const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]')
  return Array.isArray(stored) ? stored.map(String) : []
}
