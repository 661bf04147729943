import type { V1Namespace, V1RoleBinding } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { desiredBindings } from '../src/desired.ts'
import { planActions } from '../src/plan.ts'

const config = {
  bindings: [{ name: 'admins', group: 'g', clusterRole: 'kyma-namespace-admin' }],
  excludedNamespaces: ['kube-system'],
}
const namespace = (name: string, over: Partial<V1Namespace> = {}): V1Namespace => ({
  metadata: { name },
  ...over,
})
const [wanted] = desiredBindings(namespace('demo'), config)!

describe('bindings that are desired', () => {
  test.each<[string, V1Namespace | undefined, number | undefined]>([
    ['in an ordinary namespace: each one', namespace('demo'), 1],
    ['in an excluded one: none, so that those there go', namespace('kube-system'), 0],
    ['in a name that only begins like an excluded one: each', namespace('kube-system-2'), 1],
    ['in a namespace that is gone: nothing is to be done', undefined, undefined],
    ['in one that goes away: nothing', namespace('demo', { status: { phase: 'Terminating' } }), undefined],
    [
      'in one that was told to go: nothing',
      { metadata: { name: 'demo', deletionTimestamp: new Date(0) } },
      undefined,
    ],
  ])('%s', (_, object, count) => {
    expect(desiredBindings(object, config)?.length).toBe(count)
  })
})

const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'kyma-namespace-admin' }
const subject = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'g' }
const labels = { 'app.kubernetes.io/managed-by': 'gatehouse-permission-controller' }
const actual = (over: object = {}, metadata: object = {}): V1RoleBinding => ({
  roleRef,
  subjects: [subject],
  ...over,
  metadata: { name: 'admins', namespace: 'demo', labels, resourceVersion: '7', uid: 'u', ...metadata },
})

describe('what is written', () => {
  test.each<[string, V1RoleBinding[], string[]]>([
    ['nothing where all is well', [actual()], []],
    [
      'nothing because of labels and annotations of others',
      [actual({}, { annotations: { a: 'b' }, labels: { ...labels, x: 'y' } })],
      [],
    ],
    [
      'nothing on a binding that is going',
      [actual({ subjects: [] }, { deletionTimestamp: new Date(0) })],
      [],
    ],
    ['a missing binding', [], ['create']],
    ['a binding with another group', [actual({ subjects: [{ ...subject, name: 'evil' }] })], ['update']],
    [
      'a binding with one more subject',
      [actual({ subjects: [subject, { ...subject, kind: 'User', name: 'eve' }] })],
      ['update'],
    ],
    [
      'a binding whose group became a user',
      [actual({ subjects: [{ ...subject, kind: 'User' }] })],
      ['update'],
    ],
    ['a binding without subjects', [actual({ subjects: undefined })], ['update']],
    ['a binding without our label', [actual({}, { labels: {} })], ['update']],
    ['a binding to another role', [actual({ roleRef: { ...roleRef, name: 'cluster-admin' } })], ['recreate']],
    ['a binding to a Role of that name', [actual({ roleRef: { ...roleRef, kind: 'Role' } })], ['recreate']],
    ['a retired binding, away', [actual(), actual({}, { name: 'old' })], ['delete']],
    ['nothing to a binding of another name', [actual(), actual({}, { name: 'theirs' })], []],
  ])('%s', (_, bindings, verbs) => {
    const actions = planActions([wanted!], bindings, new Set(['admins', 'old']))
    expect(actions.map(({ verb }) => verb)).toEqual(verbs)
  })

  test('an update keeps what others have put there, and the version that was seen', () => {
    const other = actual(
      { subjects: [] },
      { labels: { x: 'y' }, annotations: { a: 'b' }, finalizers: ['f/f'] },
    )
    expect(planActions([wanted!], [other], new Set(['admins']))).toEqual([
      {
        verb: 'update',
        binding: {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          roleRef,
          subjects: [subject],
          metadata: {
            name: 'admins',
            namespace: 'demo',
            labels: { x: 'y', ...labels },
            annotations: { a: 'b' },
            finalizers: ['f/f'],
            resourceVersion: '7',
          },
        },
      },
    ])
  })

  test('where nothing is desired, ours go and others stay', () => {
    const actions = planActions([], [actual(), actual({}, { name: 'theirs' })], new Set(['admins']))
    expect(actions).toEqual([{ verb: 'delete', actual: actual() }])
  })
})
