import {
  type Attributes,
  type BindingName,
  describeRule,
  explain,
  rbacPolicy,
  type RbacObjects,
  type RbacPolicy,
  type RbacUser,
  type RoleName,
} from '@gatehouse/authorization/rbac'
import type { LoggedIn } from '../paths/path.ts'
import { questionKey } from '../plan/questions.ts'
import type { Explanation, Question } from '../result.ts'
import type { Api } from './api.ts'
import { isAskable } from './can-i.ts'

const API = '/apis/rbac.authorization.k8s.io/v1'

/**
 * What the RBAC evaluator says to each of `questions` that one evaluation can stand for, by the question's key:
 * from the roles and bindings as they are now. Empty where `setup` may not read them.
 */
export async function explainAll(
  questions: readonly Question[],
  personas: ReadonlyMap<string, LoggedIn>,
  setup: Api,
): Promise<Map<string, Explanation>> {
  const objects = await readRbac(setup)
  if (!objects) return new Map()
  const policy = rbacPolicy(objects)
  return new Map(
    questions.filter(isAskable).flatMap((question): [string, Explanation][] => {
      const persona = personas.get(question.persona)
      if (!persona) return []
      const user = { name: persona.username, groups: persona.groups }
      return [[questionKey(question), explanationOf(policy, user, attributesOf(question))]]
    }),
  )
}

async function readRbac(api: Api): Promise<RbacObjects | undefined> {
  const list = async <T>(resource: string): Promise<T[] | undefined> => {
    const { status, text } = await api.send('GET', `${API}/${resource}`)
    if (status === 403) return undefined
    if (status !== 200) throw new Error(`${API}/${resource} was answered with ${status}`)
    return (JSON.parse(text) as { items: T[] }).items
  }
  const [roles, clusterRoles, roleBindings, clusterRoleBindings] = await Promise.all([
    list<RbacObjects['roles'][number]>('roles'),
    list<RbacObjects['clusterRoles'][number]>('clusterroles'),
    list<RbacObjects['roleBindings'][number]>('rolebindings'),
    list<RbacObjects['clusterRoleBindings'][number]>('clusterrolebindings'),
  ])
  if (!roles || !clusterRoles || !roleBindings || !clusterRoleBindings) return undefined
  return { roles, clusterRoles, roleBindings, clusterRoleBindings }
}

function attributesOf({ nonResourcePath, group, ...question }: Question): Attributes {
  if (nonResourcePath !== '') return { verb: question.verb, path: nonResourcePath }
  const { verb, resource, subresource, namespace, name } = question
  return { verb, apiGroup: group, resource, subresource, namespace, name }
}

/** The first reason is enough for a report; `gatehouse why` tells all of them. Pure. */
function explanationOf(policy: RbacPolicy, user: RbacUser, attributes: Attributes): Explanation {
  const { allowed, grants, nearest, sentences } = explain(policy, user, attributes)
  const [grant] = grants
  const role = grant?.role ?? nearest[0]?.role
  return {
    allowed,
    text: (allowed ? sentences.slice(0, 2) : sentences).join(' '),
    ...(grant ? { binding: nameOf(grant.binding), rule: describeRule(grant.rule) } : {}),
    ...(role ? { role: nameOf(role) } : {}),
  }
}

function nameOf({ kind, name, namespace }: BindingName | RoleName): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`
}
