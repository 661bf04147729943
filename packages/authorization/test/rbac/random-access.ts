import * as fc from 'fast-check'
import type { Attributes, BindingSubject, PolicyRule, RbacUser } from '../../src/rbac/index.ts'
import type { Given, Question } from './access.ts'
import { NAMESPACES } from './cases.ts'

/** Roles and bindings made up at random, with questions about them. */
export interface RandomAccess {
  readonly given: readonly Given[]
  readonly questions: readonly Question[]
}

const oneOf = <const T extends readonly unknown[]>(...values: T) => fc.constantFrom<T[number]>(...values)
const some = (...values: string[]) => fc.uniqueArray(oneOf(...values), { minLength: 1, maxLength: 3 })

const VERBS = ['get', 'list', 'create', 'delete', 'deletecollection'] as const
const GROUPS = ['', 'apps', 'x.io'] as const
const RESOURCES = ['pods', 'deployments', 'namespaces'] as const
const SUBRESOURCES = ['', 'scale', 'log'] as const
const NAMES = ['', 'a', 'b', 'here'] as const
const PATHS = ['/probe', '/probe/', '/probe/ping', '/a', '/ab', '/a*b', '/other'] as const

const resourceRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: some(...VERBS, '*'),
  apiGroups: some(...GROUPS, '*'),
  resources: some(...RESOURCES, 'pods/log', 'deployments/scale', '*/scale', '*/*', 'pods/*', '*'),
  resourceNames: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, some(...NAMES)),
})

const pathRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: some('get', 'post', '*'),
  nonResourceURLs: some(...PATHS, '/probe/*', '/a*', '/a**', '*'),
})

const subject: fc.Arbitrary<BindingSubject> = fc.oneof(
  oneOf('jane', 'joe').map((name) => ({ kind: 'User', name })),
  oneOf('team', 'jane').map((name) => ({ kind: 'Group', name })),
  fc
    .tuple(oneOf('robot', 'jane'), oneOf(...NAMESPACES))
    .map(([name, namespace]) => ({ kind: 'ServiceAccount', name, namespace })),
)

const given: fc.Arbitrary<Given> = fc
  .record({
    to: subject,
    where: oneOf(undefined, ...NAMESPACES),
    isRole: fc.boolean(),
    isMissing: fc.nat(9).map((number) => number === 0),
    hasNamespace: fc.boolean(),
    resourceRules: fc.array(resourceRule, { minLength: 1, maxLength: 3 }),
    pathRules: fc.array(pathRule, { maxLength: 1 }),
  })
  .map(({ to, where, isRole, isMissing, hasNamespace, resourceRules, pathRules }): Given => {
    const asRole = isRole && where !== undefined
    // The API server refuses a Role with paths, and a ClusterRoleBinding's ServiceAccount without a namespace.
    return {
      rules: asRole ? resourceRules : [...resourceRules, ...pathRules],
      to: to.kind === 'ServiceAccount' && where !== undefined && !hasNamespace ? without(to) : to,
      ...(where === undefined ? {} : { in: where }),
      ...(asRole ? { asRole } : {}),
      ...(isMissing ? { missing: true as const } : {}),
    }
  })

function without({ kind, name }: BindingSubject): BindingSubject {
  return { kind, name }
}

const anyUser: fc.Arbitrary<RbacUser> = fc.record({
  name: oneOf('jane', 'joe', 'system:serviceaccount:here:robot', 'system:serviceaccount:there:jane'),
  groups: fc.subarray(['team', 'jane']).map((groups) => [...groups, 'system:authenticated']),
})

const anyAttributes: fc.Arbitrary<Attributes> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      verb: oneOf(...VERBS),
      apiGroup: oneOf(...GROUPS),
      resource: oneOf(...RESOURCES),
      subresource: oneOf(...SUBRESOURCES),
      name: oneOf(...NAMES),
      namespace: oneOf('', ...NAMESPACES),
    }),
  },
  { weight: 1, arbitrary: fc.record({ verb: oneOf('get', 'post'), path: oneOf(...PATHS) }) },
)

/** Questions near a rule, since nearly all others have the same answer: no. */
function questionAbout({ rules, to, in: where }: Given): fc.Arbitrary<Question> {
  return fc
    .record({
      rule: fc.constantFrom(...rules),
      user: anyUser,
      other: anyAttributes,
      isSubject: fc.nat(5).map((number) => number > 0),
      changed: fc.subarray(['verb', 'apiGroup', 'resource', 'name', 'namespace', 'path'], { maxLength: 1 }),
      anyNamespace: oneOf(...NAMESPACES),
    })
    .map(({ rule, user, other, isSubject, changed, anyNamespace }): Question => {
      const wanted = wantedBy(rule, where ?? anyNamespace)
      const kept = Object.fromEntries(
        Object.entries(wanted).filter(([key]) => !changed.includes(key as 'verb')),
      )
      const isSameKind = 'path' in wanted === 'path' in other
      return {
        user: isSubject ? userOf(to, where ?? 'here', user.groups) : user,
        attributes: isSameKind ? { ...other, ...kept } : wanted,
      }
    })
}

/** A request that the rule allows, if it is bound; wildcards stand for something. */
function wantedBy(rule: PolicyRule, namespace: string): Attributes {
  const first = (list: PolicyRule['verbs'], wildcard: string) => {
    const [value = ''] = list ?? []
    return value.replaceAll('*', wildcard)
  }
  const verb = first(rule.verbs, 'get')
  if (rule.nonResourceURLs) return { verb, path: first(rule.nonResourceURLs, 'z') || '/' }
  const [resource = '', subresource = ''] = first(rule.resources, 'pods').split('/')
  const name = first(rule.resourceNames, '')
  return { verb, apiGroup: first(rule.apiGroups, 'apps'), resource, subresource, name, namespace }
}

function userOf(to: BindingSubject, namespace: string, groups: readonly string[]): RbacUser {
  if (to.kind === 'Group') return { name: 'joe', groups: [to.name, 'system:authenticated'] }
  if (to.kind === 'User') return { name: to.name, groups }
  return { name: `system:serviceaccount:${to.namespace ?? namespace}:${to.name}`, groups }
}

export const randomAccess: fc.Arbitrary<RandomAccess> = fc
  .array(given, { minLength: 1, maxLength: 5 })
  .chain((all) =>
    fc.record({
      given: fc.constant(all),
      questions: fc.array(
        fc.oneof(
          { weight: 5, arbitrary: fc.constantFrom(...all).chain(questionAbout) },
          { weight: 1, arbitrary: fc.record({ user: anyUser, attributes: anyAttributes }) },
        ),
        { minLength: 60, maxLength: 60 },
      ),
    }),
  )
