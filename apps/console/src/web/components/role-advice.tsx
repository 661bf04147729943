import {
  type ClusterRole,
  type ClusterRoleBinding,
  explain,
  rbacPolicy,
  type ResourceAttributes,
  type Role,
  type RoleBinding,
} from '@gatehouse/authorization/rbac'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { AccessQuestion } from '../api/access.ts'
import type { Api } from '../api/client.ts'
import { useMyself } from '../api/myself.ts'
import { useConsole } from '../console-context.ts'
import { ProblemAlert } from './problem.tsx'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'

/** What the roles and bindings of the cluster say about a question that was answered with no. */
export function RoleAdvice({ question }: { question: AccessQuestion }) {
  const { api } = useConsole()
  const { data: user } = useMyself()
  const { namespace } = question
  const { data: objects, error } = useQuery({
    queryKey: ['rbac', namespace],
    queryFn: ({ signal }) => readRbac(api, namespace, signal),
    staleTime: 30_000,
  })
  const sentences = useMemo(() => {
    if (!objects || !user) return []
    const person = { name: user.username, groups: user.groups ?? [] }
    const { allowed, sentences: found } = explain(rbacPolicy(objects), person, attributesOf(question))
    return allowed ? ['The roles would allow it by now; ask again in a moment.'] : found.slice(1)
  }, [objects, user, question])
  if (error) return <ProblemAlert title="The roles can not be read" error={error} />
  return (
    <ul className="gh-advice" data-advice={sentences.length}>
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  )
}

async function readRbac(api: Api, namespace: string | undefined, signal: AbortSignal) {
  const all = async <T,>(resource: string, scope = '') =>
    (await api.json<{ items: readonly T[] }>(`${RBAC}${scope}/${resource}`, { signal })).items
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`
  const [clusterRoles, clusterRoleBindings, roles, roleBindings] = await Promise.all([
    all<ClusterRole>('clusterroles'),
    all<ClusterRoleBinding>('clusterrolebindings'),
    all<Role>('roles', scope),
    all<RoleBinding>('rolebindings', scope),
  ])
  return { clusterRoles, clusterRoleBindings, roles, roleBindings }
}

function attributesOf({
  verb,
  group,
  resource,
  subresource,
  namespace,
  name,
}: AccessQuestion): ResourceAttributes {
  return {
    verb,
    apiGroup: group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  }
}
