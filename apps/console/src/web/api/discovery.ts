import { queryOptions, useQuery } from '@tanstack/react-query'
import { useConsole } from '../console-context.ts'
import type { Api } from './client.ts'
import type { ResourceType } from './resource-type.ts'

/** `apidiscovery.k8s.io/v2` APIGroupDiscoveryList: everything a server has, in one answer. */
export interface GroupDiscoveryList {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions?: readonly {
      readonly version: string
      readonly resources?: readonly {
        readonly resource: string
        readonly responseKind?: { readonly kind?: string }
        readonly scope: 'Namespaced' | 'Cluster'
        readonly verbs?: readonly string[]
        readonly shortNames?: readonly string[]
        readonly subresources?: readonly { readonly subresource: string }[]
      }[]
    }[]
  }[]
}

const ACCEPT = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** Each resource once, in the version that its group prefers among those that have it. Pure. */
export function resourceTypes({ items }: GroupDiscoveryList): ResourceType[] {
  const types = new Map<string, ResourceType>()
  for (const { metadata, versions = [] } of items) {
    const group = metadata?.name ?? ''
    for (const { version, resources = [] } of versions) {
      for (const found of resources) {
        const key = `${found.resource}.${group}`
        if (types.has(key)) continue
        types.set(key, {
          group,
          version,
          resource: found.resource,
          kind: found.responseKind?.kind ?? found.resource,
          namespaced: found.scope === 'Namespaced',
          verbs: found.verbs ?? [],
          subresources: (found.subresources ?? []).map(({ subresource }) => subresource),
          shortNames: found.shortNames ?? [],
        })
      }
    }
  }
  return [...types.values()]
}

const discoveryQuery = (api: Api) =>
  queryOptions({
    queryKey: ['discovery'],
    queryFn: async ({ signal }) => {
      const lists = await Promise.all(
        ['/api', '/apis'].map((path) => api.json<GroupDiscoveryList>(path, { accept: ACCEPT, signal })),
      )
      return lists.flatMap(resourceTypes)
    },
    staleTime: 30_000,
    // Without it no page works, so it is asked for again soon.
    refetchInterval: ({ state }) => (state.status === 'success' ? 60_000 : 3000),
  })

/** Everything that the cluster serves, custom resources included. */
export function useDiscovery() {
  const { api } = useConsole()
  return useQuery(discoveryQuery(api))
}

/** The type with this group and plural; undefined while it is not known, or where the cluster has none. */
export function useResourceType(group: string, resource: string): ResourceType | undefined {
  const { data } = useDiscovery()
  return data?.find((type) => type.group === group && type.resource === resource)
}
