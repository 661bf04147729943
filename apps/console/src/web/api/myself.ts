import { useQuery } from '@tanstack/react-query'
import { useConsole } from '../console-context.ts'

/** `authentication.k8s.io/v1` UserInfo: who the API server takes one for. */
export interface UserInfo {
  readonly username: string
  readonly uid?: string
  readonly groups?: readonly string[]
}

/** `authorization.k8s.io/v1` ResourceRule. */
export interface ResourceRule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
}

/** `SubjectRulesReviewStatus`. */
export interface RulesReview {
  readonly resourceRules: readonly ResourceRule[]
  readonly incomplete: boolean
}

/** Who the person is for the API server, groups of the cluster included. */
export function useMyself() {
  const { api } = useConsole()
  return useQuery({
    queryKey: ['myself'],
    queryFn: async ({ signal }) => {
      const review = await api.json<{ status: { userInfo: UserInfo } }>(
        '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        {
          method: 'POST',
          body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
          signal,
        },
      )
      return review.status.userInfo
    },
    staleTime: 300_000,
  })
}

/** Every rule that holds for the person in a namespace, the cluster-wide ones included. */
export function useMyRules(namespace: string) {
  const { api } = useConsole()
  return useQuery({
    queryKey: ['my-rules', namespace],
    queryFn: async ({ signal }) => {
      const review = await api.json<{ status: RulesReview }>(
        '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
        {
          method: 'POST',
          body: {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SelfSubjectRulesReview',
            spec: { namespace },
          },
          signal,
        },
      )
      return review.status
    },
  })
}
