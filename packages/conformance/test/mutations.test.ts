import { expect, test } from 'vitest'
import { planMutations } from '../src/mutation/mutations.ts'
import type { Binding } from '../src/mutation/objects.ts'
import { resourceRights } from '../src/mutation/rights.ts'

const group = 'rbac.authorization.k8s.io'
const binding = (name: string, subject: { kind: string; name: string }): Binding => ({
  apiVersion: `${group}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'view' },
  subjects: [{ apiGroup: group, ...subject }],
})
const ada = { id: 'ada', username: 'ada@example.com', groups: ['viewers', 'system:authenticated'] }
const bob = { id: 'bob', username: 'bob@example.com', groups: ['system:authenticated'] }

test('each binding of a persona is dropped, gets somebody more, and gives everything', () => {
  const viewers = binding('viewers', { kind: 'Group', name: 'viewers' })
  const plans = planMutations([viewers], [ada, bob], [bob, ada])
  expect(plans.map(({ kind, description, affected }) => ({ kind, description, affected }))).toEqual([
    { kind: 'drop', description: 'ClusterRoleBinding viewers is gone', affected: ['ada'] },
    {
      kind: 'widen',
      description: 'ClusterRoleBinding viewers has bob@example.com in it, too',
      affected: ['bob'],
    },
    {
      kind: 'widen',
      description: 'ClusterRoleBinding viewers gives cluster-admin instead of view',
      affected: ['ada'],
    },
  ])
  expect(plans[0]!.mutant).toBeUndefined()
  expect(plans[1]!.mutant?.subjects).toHaveLength(2)
  expect(plans[2]!.mutant).toMatchObject({
    roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: viewers.subjects,
  })
})

test('what is given to everybody can get nobody more', () => {
  const all = binding('all', { kind: 'Group', name: 'system:authenticated' })
  expect(planMutations([all], [ada, bob], [bob, ada]).map(({ affected }) => affected)).toEqual([
    ['ada', 'bob'],
    ['ada', 'bob'],
  ])
})

test('bindings of nobody that is asked about are left alone', () => {
  const controller = binding('controller', { kind: 'ServiceAccount', name: 'ada@example.com' })
  expect(
    planMutations([controller, binding('others', { kind: 'User', name: 'eve' })], [ada, bob], [bob]),
  ).toEqual([])
})

const rule = (verbs: string[], apiGroups: string[], resources: string[], resourceNames: string[] = []) => ({
  verbs,
  apiGroups,
  resources,
  resourceNames,
})

test.each([
  ['everything', rule(['*'], ['*'], ['*'])],
  ['every verb', rule(['*'], ['apps'], ['deployments'])],
  ['every resource of the group', rule(['get'], ['apps'], ['*'])],
  ['any name', rule(['get'], ['apps'], ['deployments'])],
])('a right counts once when a rule gives %s', (_, wide) => {
  const narrow = rule(['get'], ['apps'], ['deployments'], ['one'])
  expect(resourceRights([narrow, wide])).toEqual(resourceRights([wide]))
  expect(resourceRights([narrow])).not.toEqual(resourceRights([wide]))
})

test.each([
  ['another group', rule(['*'], [''], ['*'])],
  ['another verb', rule(['list'], ['apps'], ['*'])],
  ['subresources only', rule(['*'], ['apps'], ['*/scale'])],
  ['another name', rule(['*'], ['apps'], ['deployments'], ['two'])],
])('a right is its own beside %s', (_, other) => {
  const narrow = rule(['get'], ['apps'], ['deployments'], ['one'])
  expect(resourceRights([narrow, other])).toHaveLength(2)
})
