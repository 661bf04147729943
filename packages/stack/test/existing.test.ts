import type { ClusterObject, WritePlan } from '@gatehouse/cluster'
import { expect, test } from 'vitest'
import { type Configuration, configurationSchema } from '../src/configuration.ts'
import { refusalOf } from '../src/existing/consent.ts'
import { impersonatedBy, proxyAccount, proxyObjects } from '../src/existing/proxy-objects.ts'
import { userAccess } from '../src/existing/user-access.ts'
import { manifestsToApply, wantedObjects } from '../src/existing/wanted-objects.ts'

const cluster = { context: 'dev', server: 'https://10.0.0.1:6443', version: 'v1.37.2', user: "o'brien" }
const people = { users: ['jane@a.example'], groups: ['admins'] }
const invocation = { stack: 'default', kubeconfig: '/home/jane/.kube/config', mayWrite: false }
const nothing: WritePlan = { writes: [], foreign: [], missingRights: [] }
const object: ClusterObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } }
const creation: WritePlan = { ...nothing, writes: [{ action: 'create', object }] }
const right = { verb: 'create', group: '', resource: 'namespaces' }

const configurationWith = (settings: object, rest: object = {}): Configuration =>
  configurationSchema.parse({ cluster: { provider: 'existing', kubeconfig: '/x', ...settings }, ...rest })

test.each<[string, WritePlan, boolean, boolean]>([
  ['nothing to write', nothing, false, true],
  ['nothing to write, and leave to', nothing, true, true],
  ['something to write, without leave', creation, false, false],
  ['something to write, with leave', creation, true, true],
  ['a right missing', { ...nothing, missingRights: [right] }, true, false],
  ["somebody else's object in the way", { ...nothing, foreign: [object] }, true, false],
])('with %s, a stack starts or not', (_what, plan, mayWrite, starts) => {
  expect(refusalOf(cluster, plan, people, { ...invocation, mayWrite }) === undefined).toBe(starts)
})

test('a refusal names the cluster, the writes, and how to allow them', () => {
  const text = refusalOf(cluster, creation, people, { ...invocation, stack: 'blue' })
  expect(text).toContain('context "dev" (https://10.0.0.1:6443, Kubernetes v1.37.2)')
  expect(text).toContain('  create Namespace demo')
  expect(text).toContain('  gatehouse up --name blue --write')
  expect(text).toContain(
    'gatehouse manifests --name blue | kubectl --kubeconfig /home/jane/.kube/config --context dev apply -f -',
  )
})

test('somebody without rights is not told to do it himself', () => {
  const text = refusalOf(cluster, { ...creation, missingRights: [right] }, people, invocation)
  expect(text).toContain('  create namespaces')
  // Quoted, so that it can be pasted.
  expect(text).toContain(String.raw`gatehouse manifests --user 'o'\''brien' | kubectl apply -f -`)
  expect(text).not.toContain('--write')
})

test("the proxy's role names its people and their groups, and no other rule lets it act as somebody", () => {
  const role = proxyObjects(configurationWith({}), 'default').find(({ kind }) => kind === 'ClusterRole')
  const rules = role?.['rules'] as { resources: string[]; verbs: string[]; resourceNames?: string[] }[]
  const impersonating = rules.filter(({ verbs }) => verbs.includes('impersonate'))
  const identities = impersonating.filter(({ resources }) =>
    resources.some((name) => ['users', 'groups', 'serviceaccounts', '*'].includes(name)),
  )
  expect(identities).toHaveLength(2)
  for (const { resourceNames } of identities) expect(resourceNames?.length).toBeGreaterThan(0)
  expect(rules.flatMap(({ verbs }) => verbs)).not.toContain('*')
  expect(impersonating.flatMap(({ resourceNames = [] }) => resourceNames)).toEqual([
    'admin@kyma.cx',
    'developer@kyma.cx',
    'namespace.admin@kyma.cx',
    'no-rights-user@kyma.cx',
    'read-only-user@kyma.cx',
    'runtimeAdmin',
    'runtimeDeveloper',
    'runtimeNamespaceAdmin',
    'runtimeOperator',
    'system:authenticated',
  ])
})

test('a group of the cluster itself in gatehouse.yaml is none that the proxy may act in', () => {
  const identity = { users: [{ email: 'a@b.cd', groups: ['system:masters', 'team'] }] }
  expect(impersonatedBy(configurationWith({}, { identity }))).toEqual({ users: ['a@b.cd'], groups: ['team'] })
})

test('stacks side by side have proxies of their own, in the namespace that was asked for', () => {
  const named = configurationWith({ namespace: 'tools' })
  expect(proxyAccount(configurationWith({}), 'default')).toEqual({
    namespace: 'kube-system',
    name: 'gatehouse-apiserver-proxy',
  })
  expect(proxyAccount(named, 'blue')).toEqual({ namespace: 'tools', name: 'gatehouse-apiserver-proxy-blue' })
})

test('roles and samples are wanted on an existing cluster only where the configuration says so', async () => {
  expect((await wantedObjects(configurationWith({}), 'default')).map(({ kind }) => kind)).toEqual([
    'ServiceAccount',
    'ClusterRole',
    'ClusterRoleBinding',
  ])
  const more = await wantedObjects(configurationWith({}, { content: { samples: true } }), 'default')
  expect(more.map(({ metadata }) => metadata.name)).toContain('workshop')
})

test('what an administrator applies carries the label by which a stack knows its own', async () => {
  for (const { metadata } of await manifestsToApply(configurationWith({}), 'default', 'bob')) {
    expect(metadata).toMatchObject({ labels: { 'app.kubernetes.io/managed-by': 'gatehouse' } })
  }
})

test('a user gets to read the objects by name, and the token of the proxy, and nothing else', () => {
  const account = { namespace: 'kube-system', name: 'proxy' }
  const objects: ClusterObject[] = [
    object,
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'p', namespace: 'demo' } },
  ]
  const access = userAccess('a/b', objects, account)
  expect(access.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name])).toEqual([
    ['ClusterRole', undefined, 'gatehouse:start:a-b'],
    ['ClusterRoleBinding', undefined, 'gatehouse:start:a-b'],
    ['Role', 'kube-system', 'gatehouse:start:a-b'],
    ['RoleBinding', 'kube-system', 'gatehouse:start:a-b'],
    ['Role', 'demo', 'gatehouse:start:a-b'],
    ['RoleBinding', 'demo', 'gatehouse:start:a-b'],
  ])
  const rule = (group: string, resource: string, name: string, verb = 'get') => ({
    apiGroups: [group],
    resources: [resource],
    resourceNames: [name],
    verbs: [verb],
  })
  expect(access.flatMap((one) => one['rules'] ?? [])).toEqual([
    rule('', 'namespaces', 'demo'),
    rule('', 'serviceaccounts', 'proxy'),
    rule('', 'serviceaccounts/token', 'proxy', 'create'),
    rule('networking.k8s.io', 'networkpolicies', 'p'),
  ])
  for (const one of access.filter(({ kind }) => kind.endsWith('Binding'))) {
    expect(one['subjects']).toEqual([{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'a/b' }])
  }
})
