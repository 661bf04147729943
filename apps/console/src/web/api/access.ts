import { queryOptions, useQueries } from '@tanstack/react-query'
import { useConsole } from '../console-context.ts'
import type { Api } from './client.ts'
import { createLimit } from './limit.ts'
import type { ObjectPlace, ResourceType } from './resource-type.ts'

/** One thing that a person may or may not do; `ResourceAttributes` of a SelfSubjectAccessReview. */
export interface AccessQuestion {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string | undefined
  /** Absent: in all namespaces, or what belongs to none. */
  readonly namespace?: string | undefined
  /** Absent: all names. */
  readonly name?: string | undefined
}

/** A browser has six connections to the API; the page's own requests must not wait behind questions. */
const AT_ONCE = 4
/** How long an answer counts: about what a role binding takes to be noticed. */
const STALE_MS = 30_000

const DENIED_MS = 15_000

const limit = createLimit(AT_ONCE)

interface AccessReview {
  readonly status?: { readonly allowed?: boolean }
}

/** The answer of the cluster to one question, shared by everybody on the page who asks it. */
export function accessQuery(api: Api, question: AccessQuestion) {
  const { verb, group, resource, subresource, namespace, name } = question
  const resourceAttributes = { verb, group, resource, subresource, namespace, name }
  return queryOptions({
    queryKey: ['access', resourceAttributes],
    queryFn: ({ signal }) =>
      limit(async () => {
        const review = await api.json<AccessReview>(
          '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
          {
            method: 'POST',
            body: {
              apiVersion: 'authorization.k8s.io/v1',
              kind: 'SelfSubjectAccessReview',
              spec: { resourceAttributes },
            },
            signal,
          },
        )
        return review.status?.allowed === true
      }),
    staleTime: STALE_MS,
    // A no is asked again sooner: a right may just have been given, or the API server just have started.
    refetchInterval: ({ state }) => (state.data === true ? STALE_MS * 2 : DENIED_MS),
  })
}

/**
 * What a question about one object names. A request for a namespace carries its name as its namespace, too
 * (k8s.io/apiserver/pkg/endpoints/request/requestinfo.go), so that rights in it count. Pure.
 */
export function aboutObject(
  { group, resource }: Pick<ResourceType, 'group' | 'resource'>,
  { namespace, name }: ObjectPlace,
): Omit<AccessQuestion, 'verb'> {
  const isNamespace = group === '' && resource === 'namespaces'
  return { group, resource, namespace: isNamespace ? name : namespace, name }
}

export interface Access {
  /** In the order of the questions; whatever is not known to be allowed is not. */
  readonly allowed: readonly boolean[]
  /** Whether an answer is still to come. */
  readonly isPending: boolean
}

/** Asks the cluster what the person may do. Unknown, failed and pending all mean no. */
export function useAccess(questions: readonly AccessQuestion[]): Access {
  const { api } = useConsole()
  return useQueries({
    queries: questions.map((question) => accessQuery(api, question)),
    combine: (results) => ({
      allowed: results.map(({ data }) => data === true),
      isPending: results.some(({ isPending }) => isPending),
    }),
  })
}

/** The answer to a single question; no question is answered with no. */
export function useAllowed(question: AccessQuestion | undefined): boolean {
  return useAccess(question ? [question] : []).allowed[0] ?? false
}
