import { describe, expect, test } from 'vitest'
import { type Attributes, explain, nearestRoles, rbacPolicy } from '../../src/rbac/index.ts'
import { type Given, objectsOf } from './access.ts'

const jane = { name: 'jane', groups: ['team'] }
const team = { kind: 'Group', name: 'team' }
const others = { kind: 'Group', name: 'others' }
const listPods = { verb: 'list', resource: 'pods', namespace: 'here' }
const pods = { apiGroups: [''], resources: ['pods'] }

function sentencesFor(given: readonly Given[], attributes: Attributes = listPods): readonly string[] {
  return explain(rbacPolicy(objectsOf('x', given)), jane, attributes).sentences
}

describe('what is allowed', () => {
  test('is explained by its binding, subject, role and rule', () => {
    const rules = [
      { ...pods, verbs: ['get'] },
      { ...pods, verbs: ['get', 'list', 'watch'] },
    ]
    expect(sentencesFor([{ rules, to: team, in: 'here' }])).toEqual([
      'jane may list pods in the namespace "here".',
      'RoleBinding "x-0" in the namespace "here" gives the group "team" the ClusterRole "x-0", whose rule 2 allows get, list and watch of pods (API group "").',
    ])
  })

  test('by two bindings is explained by both', () => {
    const rules = [{ ...pods, verbs: ['*'] }]
    expect(
      sentencesFor([
        { rules, to: team },
        { rules, to: { kind: 'User', name: 'jane' } },
      ]),
    ).toEqual([
      'jane may list pods in the namespace "here".',
      'ClusterRoleBinding "x-0" gives the group "team" the ClusterRole "x-0", whose rule 1 allows every verb of pods (API group "").',
      'ClusterRoleBinding "x-1" gives the user "jane" the ClusterRole "x-1", whose rule 1 allows every verb of pods (API group "").',
    ])
  })

  test('about a path is explained by the pattern', () => {
    const rules = [{ nonResourceURLs: ['/healthz', '/healthz/*'], verbs: ['get'] }]
    expect(sentencesFor([{ rules, to: team }], { verb: 'get', path: '/healthz/etcd' })).toEqual([
      'jane may get the path /healthz/etcd.',
      'ClusterRoleBinding "x-0" gives the group "team" the ClusterRole "x-0", whose rule 1 allows get of the paths /healthz and /healthz/*.',
    ])
  })

  test('for the group of superusers says that RBAC is not asked', () => {
    const root = { name: 'root', groups: ['system:masters'] }
    const { sentences, bypassed } = explain(rbacPolicy(objectsOf('x', [])), root, listPods)
    expect(bypassed).toBe(true)
    expect(sentences.join(' ')).toBe(
      'root may list pods in the namespace "here". Members of the group system:masters may do everything; RBAC is not asked.',
    )
  })

  test('of a ServiceAccount names its namespace, and long lists are cut', () => {
    const robot = { name: 'system:serviceaccount:here:robot', groups: [] }
    const resources = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'pods']
    const given: Given[] = [
      {
        rules: [{ apiGroups: ['', 'apps'], resources, verbs: ['list'] }],
        to: { kind: 'ServiceAccount', name: 'robot' },
        in: 'here',
      },
    ]
    expect(explain(rbacPolicy(objectsOf('x', given)), robot, listPods).sentences[1]).toBe(
      'RoleBinding "x-0" in the namespace "here" gives the ServiceAccount "here/robot" the ClusterRole "x-0", whose rule 1 allows list of a, b, c, d, e, f and 2 more (API group "" and "apps").',
    )
  })
})

describe('what is denied is explained by what it misses', () => {
  const rules = [{ ...pods, verbs: ['list'] }]
  test.each<[string, readonly Given[], Attributes, string]>([
    [
      'a binding in another namespace',
      [{ rules, to: team, in: 'there' }],
      listPods,
      'RoleBinding "x-0" in the namespace "there" gives the ClusterRole "x-0", which would allow it, but there only.',
    ],
    [
      'a name',
      [{ rules: [{ ...pods, resourceNames: ['a', 'b'], verbs: ['get'] }], to: team }],
      { ...listPods, verb: 'get', name: 'c' },
      'ClusterRoleBinding "x-0" gives the ClusterRole "x-0", whose rule 1 allows it for "a" and "b" alone.',
    ],
    [
      'a request without a name',
      [{ rules: [{ ...pods, resourceNames: ['a'], verbs: ['list'] }], to: team }],
      listPods,
      'ClusterRoleBinding "x-0" gives the ClusterRole "x-0", whose rule 1 allows it for "a" alone, and this request names none.',
    ],
    [
      'a subresource',
      [{ rules: [{ ...pods, verbs: ['get'] }], to: team }],
      { ...listPods, verb: 'get', name: 'a', subresource: 'log' },
      'ClusterRoleBinding "x-0" gives the ClusterRole "x-0", whose rule 1 covers the resource, but not this subresource.',
    ],
    [
      'the API group',
      [{ rules, to: team }],
      { ...listPods, apiGroup: 'metrics.k8s.io' },
      'ClusterRoleBinding "x-0" gives the ClusterRole "x-0", whose rule 1 is for the API group "".',
    ],
    [
      'the verb',
      [{ rules, to: team }],
      { ...listPods, verb: 'create' },
      'ClusterRoleBinding "x-0" gives the ClusterRole "x-0", whose rule 1 allows to list there.',
    ],
    [
      'a role that does not exist',
      [{ rules, to: team, missing: true }],
      listPods,
      'ClusterRoleBinding "x-0" gives nothing: the ClusterRole "x-0" does not exist.',
    ],
  ])('%s', (_what, given, attributes, sentence) => {
    const [decision, ...reasons] = sentencesFor(given, attributes)
    expect(decision).toMatch(/^jane may not /)
    expect(reasons).toContain(sentence)
  })

  test('a binding of the same name in many namespaces is one reason', () => {
    const there = { rules, to: team, roleName: 'same' }
    const objects = objectsOf(
      'x',
      ['there', 'elsewhere'].map((where) => ({ ...there, in: where })),
    )
    const roleBindings = objects.roleBindings.map((one) => ({
      ...one,
      metadata: { ...one.metadata, name: 'binding' },
    }))
    const { sentences } = explain(rbacPolicy({ ...objects, roleBindings }), jane, listPods)
    expect(sentences).toContain(
      'RoleBinding "binding" in the namespaces "there" and "elsewhere" gives the ClusterRole "same", which would allow it, but there only.',
    )
  })

  test('and a rule for something else is not mentioned', () => {
    const secrets = [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }]
    expect(sentencesFor([{ rules: secrets, to: team }])).toEqual([
      'jane may not list pods in the namespace "here".',
      'No role of this cluster would allow it.',
    ])
  })
})

describe('the nearest roles', () => {
  const given: Given[] = [
    { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }], to: others, roleName: 'everything' },
    { rules: [{ ...pods, verbs: ['get', 'list'] }], to: others, roleName: 'readers' },
    { rules: [{ ...pods, verbs: ['list'] }], to: others, roleName: 'system:controller:pods' },
    { rules: [{ ...pods, verbs: ['list'] }], to: others, in: 'there', asRole: true, roleName: 'of-there' },
    {
      rules: [
        { ...pods, verbs: ['get'] },
        { ...pods, verbs: ['list'] },
        { ...pods, resources: ['secrets', 'configmaps'], verbs: ['get'] },
      ],
      to: others,
      in: 'here',
      asRole: true,
      roleName: 'of-here',
    },
  ]
  const policy = rbacPolicy(objectsOf('x', given))

  test('are those that allow the least beyond it, the components of the cluster last', () => {
    expect(
      nearestRoles(policy, listPods, 10).map(({ role, ruleIndex }) => [role.kind, role.name, ruleIndex]),
    ).toEqual([
      ['ClusterRole', 'readers', 0],
      ['Role', 'of-here', 1],
      ['ClusterRole', 'everything', 0],
      ['ClusterRole', 'system:controller:pods', 0],
    ])
  })

  test('at the cluster scope are ClusterRoles', () => {
    const atClusterScope = { verb: 'list', resource: 'pods' }
    expect(nearestRoles(policy, atClusterScope, 2).map(({ role }) => role.name)).toEqual([
      'readers',
      'everything',
    ])
    expect(explain(policy, jane, atClusterScope).sentences).toEqual([
      'jane may not list pods at the cluster scope.',
      'What would allow it, by a ClusterRoleBinding, the least first: the ClusterRole "readers" (rule 1), the ClusterRole "everything" (rule 1) or the ClusterRole "system:controller:pods" (rule 1).',
    ])
  })

  test('would allow it: bound to the user, each of them does', () => {
    for (const { role } of nearestRoles(policy, listPods, 10)) {
      const objects = objectsOf('x', given)
      const subjects = [{ kind: 'User', name: 'jane' }]
      const bound = {
        ...objects,
        roleBindings: [
          ...objects.roleBindings,
          { metadata: { name: 'new', namespace: 'here' }, subjects, roleRef: role },
        ],
      }
      expect(explain(rbacPolicy(bound), jane, listPods)).toMatchObject({ allowed: true, nearest: [] })
    }
  })
})
