import { expect, test } from 'vitest'
import { evaluate, rbacPolicy, type RbacObjects } from '../../src/rbac/index.ts'
import { objectsOf } from './access.ts'
import { cases } from './cases.ts'

test.each(cases)('$name: $allowed', ({ given, user, attributes, allowed }) => {
  const decision = evaluate(rbacPolicy(objectsOf('case', given)), user, attributes)
  expect(decision.allowed).toBe(allowed)
  expect(decision.grants.length > 0).toBe(allowed && !decision.bypassed)
})

const readPods = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }
const jane = { name: 'jane', groups: ['team'] }

test('every binding and rule that allows it is named', () => {
  const objects = objectsOf('all', [
    { rules: [readPods], to: { kind: 'User', name: 'jane' } },
    {
      rules: [{ ...readPods, verbs: ['delete'] }, readPods],
      to: { kind: 'Group', name: 'team' },
      in: 'here',
    },
    { rules: [readPods], to: { kind: 'Group', name: 'others' } },
  ])
  const { grants } = evaluate(rbacPolicy(objects), jane, {
    verb: 'list',
    resource: 'pods',
    namespace: 'here',
  })
  expect(grants).toMatchObject([
    { binding: { kind: 'ClusterRoleBinding', name: 'all-0' }, subject: { name: 'jane' }, ruleIndex: 0 },
    {
      binding: { kind: 'RoleBinding', name: 'all-1', namespace: 'here' },
      subject: { name: 'team' },
      role: { kind: 'ClusterRole', name: 'all-1' },
      rule: readPods,
      ruleIndex: 1,
    },
  ])
})

test('a binding to a role that is not there is named', () => {
  const objects = objectsOf('gone', [
    { rules: [], to: { kind: 'User', name: 'jane' }, in: 'here', asRole: true, missing: true },
  ])
  const attributes = { verb: 'list', resource: 'pods', namespace: 'here' }
  expect(evaluate(rbacPolicy(objects), jane, attributes).dangling).toEqual([
    {
      binding: { kind: 'RoleBinding', name: 'gone-0', namespace: 'here' },
      role: { kind: 'Role', name: 'gone-0', namespace: 'here' },
    },
  ])
})

test('lists that Go writes as null are empty', () => {
  const objects: RbacObjects = {
    roles: [],
    clusterRoles: [{ metadata: { name: 'empty' }, rules: null }],
    roleBindings: [],
    clusterRoleBindings: [
      { metadata: { name: 'nobody' }, subjects: null, roleRef: { kind: 'ClusterRole', name: 'empty' } },
      {
        metadata: { name: 'nothing' },
        subjects: [{ kind: 'User', name: 'jane' }],
        roleRef: { kind: 'ClusterRole', name: 'empty' },
      },
    ],
  }
  const decision = evaluate(rbacPolicy(objects), jane, { verb: 'get', path: '/version' })
  expect(decision).toEqual({ allowed: false, bypassed: false, grants: [], dangling: [] })
})
