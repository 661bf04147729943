import type { Attributes, BindingSubject, PolicyRule, RbacUser } from '../../src/rbac/index.ts'
import type { Given } from './access.ts'

/** The namespaces of the cases. */
export const NAMESPACES = ['here', 'there'] as const

export interface Case {
  readonly name: string
  readonly given: readonly Given[]
  readonly user: RbacUser
  readonly attributes: Attributes
  readonly allowed: boolean
}

const authenticated = 'system:authenticated'
const jane: RbacUser = { name: 'jane', groups: ['team', authenticated] }
const robot: RbacUser = { name: 'system:serviceaccount:here:robot', groups: [authenticated] }
const toJane: BindingSubject = { kind: 'User', name: 'jane' }
const readPods: PolicyRule = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }
const listPods = { verb: 'list', resource: 'pods', namespace: 'here' } satisfies Attributes
const everything: PolicyRule = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }

/** One rule for jane in the cluster, and a request in the namespace `here`. */
function byRule(
  name: string,
  rule: PolicyRule,
  attributes: Attributes,
  allowed: boolean,
): Omit<Case, 'name'> & { name: string } {
  return { name, given: [{ rules: [rule], to: toJane }], user: jane, attributes, allowed }
}

function bySubject(name: string, to: BindingSubject, user: RbacUser, allowed: boolean, where?: string): Case {
  return {
    name,
    given: [{ rules: [readPods], to, ...(where === undefined ? {} : { in: where }) }],
    user,
    attributes: listPods,
    allowed,
  }
}

const url = (nonResourceURLs: string[], verbs = ['get']): PolicyRule => ({ nonResourceURLs, verbs })
const get = (path: string): Attributes => ({ verb: 'get', path })
const named = (resourceNames: string[], verbs: string[]): PolicyRule => ({
  apiGroups: [''],
  resources: ['pods'],
  resourceNames,
  verbs,
})
const scale = { verb: 'update', apiGroup: 'apps', resource: 'deployments', subresource: 'scale', name: 'a' }
const rule = (apiGroups: string[], resources: string[], verbs: string[]): PolicyRule => ({
  apiGroups,
  resources,
  verbs,
})

/** What RBAC says in every corner; the differential test asks a real API server the same. */
export const cases: readonly Case[] = [
  byRule('a rule that names the verb, the group and the resource', readPods, listPods, true),
  byRule('another verb', readPods, { ...listPods, verb: 'create' }, false),
  byRule('another resource', readPods, { ...listPods, resource: 'secrets' }, false),
  byRule('another API group', readPods, { ...listPods, apiGroup: 'apps' }, false),
  byRule('list, when the rule has get alone', rule([''], ['pods'], ['get']), listPods, false),
  byRule('the wildcard verb', rule([''], ['pods'], ['*']), { ...listPods, verb: 'deletecollection' }, true),
  byRule('the wildcard group', rule(['*'], ['pods'], ['list']), { ...listPods, apiGroup: 'x.io' }, true),
  byRule(
    'the core group is not a wildcard',
    rule([''], ['*'], ['*']),
    { ...listPods, apiGroup: 'apps' },
    false,
  ),
  byRule('verbs match as they are written', rule([''], ['pods'], ['List']), listPods, false),
  byRule('no verb but the wildcard has a pattern', rule([''], ['pods'], ['l*']), listPods, false),

  byRule('the wildcard resource with a subresource', rule(['*'], ['*'], ['update']), scale, true),
  byRule('a resource without its subresources', rule(['apps'], ['deployments'], ['*']), scale, false),
  byRule(
    'a subresource without its resource',
    rule(['apps'], ['deployments/scale'], ['*']),
    { ...scale, subresource: '' },
    false,
  ),
  byRule('a resource with its subresource', rule(['apps'], ['deployments/scale'], ['*']), scale, true),
  byRule('a subresource of every resource', rule(['apps'], ['*/scale'], ['*']), scale, true),
  byRule(
    'a subresource of every resource, and another one',
    rule(['apps'], ['*/scale'], ['*']),
    { ...scale, subresource: 'status' },
    false,
  ),
  byRule(
    'a subresource of every resource, and the resource itself',
    rule(['apps'], ['*/scale'], ['*']),
    { ...scale, subresource: '' },
    false,
  ),
  byRule(
    'every subresource of a resource is no pattern',
    rule(['apps'], ['deployments/*'], ['*']),
    scale,
    false,
  ),
  byRule('every subresource of every resource is no pattern', rule(['apps'], ['*/*'], ['*']), scale, false),
  byRule('part of a subresource is no pattern', rule(['apps'], ['*/ale'], ['*']), scale, false),

  byRule('a name that is listed', named(['a', 'b'], ['get']), { ...listPods, verb: 'get', name: 'b' }, true),
  byRule(
    'a name that is not listed',
    named(['a', 'b'], ['get']),
    { ...listPods, verb: 'get', name: 'c' },
    false,
  ),
  byRule('a list without a name, of a rule with names', named(['a'], ['list']), listPods, false),
  byRule(
    'a list with a name from its field selector',
    named(['a'], ['list']),
    { ...listPods, name: 'a' },
    true,
  ),
  byRule('create, which has no name yet', named(['a'], ['create']), { ...listPods, verb: 'create' }, false),
  byRule(
    'deletecollection, which has no name',
    named(['a'], ['*']),
    { ...listPods, verb: 'deletecollection' },
    false,
  ),
  byRule('the empty name, listed', named([''], ['list']), listPods, true),
  byRule('a wildcard is no name', named(['*'], ['get']), { ...listPods, verb: 'get', name: 'a' }, false),

  byRule('a path', url(['/sample']), get('/sample'), true),
  byRule('a path with a slash more', url(['/sample']), get('/sample/'), false),
  byRule('a path below another', url(['/probe/*']), get('/probe/ping'), true),
  byRule('the start of a pattern with a slash', url(['/probe/*']), get('/probe'), false),
  byRule('a pattern without a slash', url(['/pro*']), get('/probe'), true),
  byRule('several asterisks at the end', url(['/pro**']), get('/probe'), true),
  byRule('every path', url(['*']), get('/other'), true),
  byRule('an asterisk inside is a character', url(['/a*b']), get('/axb'), false),
  byRule('an asterisk inside is one even before another', url(['/a*b*']), get('/axbc'), false),
  byRule('an asterisk inside and one at the end', url(['/a*b*']), get('/a*bc'), true),
  byRule('a path with another verb', url(['*']), { verb: 'post', path: '/other' }, false),
  byRule('a path is not covered by rules for resources', everything, get('/other'), false),
  byRule('a resource is not covered by rules for paths', url(['*'], ['*']), listPods, false),
  byRule(
    'everything covers a resource of the cluster',
    everything,
    { verb: 'delete', resource: 'nodes', name: 'n' },
    true,
  ),

  bySubject('a user', toJane, jane, true),
  bySubject('another user', { kind: 'User', name: 'joe' }, jane, false),
  bySubject('a name in another case', { kind: 'User', name: 'Jane' }, jane, false),
  bySubject('a group', { kind: 'Group', name: 'team' }, jane, true),
  bySubject('a group of another name', { kind: 'Group', name: 'teams' }, jane, false),
  bySubject('a user with the name of a group', { kind: 'User', name: 'team' }, jane, false),
  bySubject('a group with the name of the user', { kind: 'Group', name: 'jane' }, jane, false),
  bySubject('everybody is no name for a user', { kind: 'User', name: '*' }, jane, false),
  bySubject('a ServiceAccount', { kind: 'ServiceAccount', name: 'robot', namespace: 'here' }, robot, true),
  bySubject(
    'a ServiceAccount of another namespace',
    { kind: 'ServiceAccount', name: 'robot', namespace: 'there' },
    robot,
    false,
  ),
  bySubject('a ServiceAccount by its user name', { kind: 'User', name: robot.name }, robot, true),
  bySubject(
    "a RoleBinding's ServiceAccount without a namespace",
    { kind: 'ServiceAccount', name: 'robot' },
    robot,
    true,
    'here',
  ),
  bySubject(
    "a RoleBinding's ServiceAccount of another namespace",
    { kind: 'ServiceAccount', name: 'robot', namespace: 'there' },
    robot,
    false,
    'here',
  ),
  bySubject('a RoleBinding in the namespace', toJane, jane, true, 'here'),
  bySubject('a RoleBinding in another namespace', toJane, jane, false, 'there'),
  bySubject(
    'members of system:masters, without any binding',
    { kind: 'User', name: 'joe' },
    { name: 'root', groups: ['system:masters'] },
    true,
  ),

  {
    name: 'a Role in its namespace',
    given: [{ rules: [readPods], to: toJane, in: 'here', asRole: true }],
    user: jane,
    attributes: listPods,
    allowed: true,
  },
  {
    name: 'a Role of that name in another namespace',
    given: [
      { rules: [readPods], to: { kind: 'User', name: 'joe' }, in: 'here', asRole: true, roleName: 'same' },
      { rules: [rule([''], ['secrets'], ['*'])], to: toJane, in: 'there', asRole: true, roleName: 'same' },
    ],
    user: jane,
    attributes: { ...listPods, namespace: 'there' },
    allowed: false,
  },
  {
    name: 'a RoleBinding gives nothing at the cluster scope',
    given: [{ rules: [everything], to: toJane, in: 'here' }],
    user: jane,
    attributes: { verb: 'list', resource: 'pods' },
    allowed: false,
  },
  {
    name: 'a RoleBinding gives no paths',
    given: [{ rules: [url(['*'], ['*'])], to: toJane, in: 'here' }],
    user: jane,
    attributes: get('/other'),
    allowed: false,
  },
  {
    name: 'a RoleBinding to everything gives the namespace itself',
    given: [{ rules: [everything], to: toJane, in: 'here' }],
    user: jane,
    attributes: { verb: 'delete', resource: 'namespaces', namespace: 'here', name: 'here' },
    allowed: true,
  },
  {
    name: 'a role that does not exist gives nothing',
    given: [{ rules: [readPods], to: toJane, missing: true }],
    user: jane,
    attributes: listPods,
    allowed: false,
  },
  {
    name: 'a role that does not exist takes nothing away',
    given: [
      { rules: [readPods], to: toJane, missing: true },
      { rules: [readPods], to: toJane, in: 'here' },
    ],
    user: jane,
    attributes: listPods,
    allowed: true,
  },
  {
    name: 'parts of two rules make no whole',
    given: [{ rules: [rule([''], ['pods'], ['get']), rule([''], ['secrets'], ['list'])], to: toJane }],
    user: jane,
    attributes: listPods,
    allowed: false,
  },
]
