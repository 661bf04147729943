import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attributesOf, openPersona, type Persona, startStack, type TestStack } from '../src/index.ts'
import { accessMatchers } from '../src/vitest.ts'

expect.extend(accessMatchers)

let stack: TestStack
let admin: Persona
let developer: Persona
let viewer: Persona
beforeAll(async () => {
  stack = await startStack()
  ;[admin, developer, viewer] = (await Promise.all(
    ['admin@kyma.cx', 'developer@kyma.cx', 'read-only-user@kyma.cx'].map((email) => stack.persona(email)),
  )) as [Persona, Persona, Persona]
})
afterAll(() => stack?.[Symbol.asyncDispose]())

describe('Kyma as it should be', () => {
  test('the admin may do everything', async () => {
    await expect(admin).toBeAllowedTo('create', 'clusterrolebindings.rbac.authorization.k8s.io')
    await expect(admin).toBeAllowedTo('delete', 'namespaces', { name: 'kube-system' })
    await expect(admin).toBeAllowedTo('get', '/metrics')
  })

  test('a developer works in namespaces that are not the system’s', async () => {
    const namespace = 'demo'
    await expect(developer).toBeAllowedTo('create', 'pods', { namespace })
    await expect(developer).toBeAllowedTo('get', 'pods/log', { namespace, name: 'hello' })
    await expect(developer).toBeAllowedTo('patch', 'deployments.apps/scale', { namespace, name: 'hello' })
    await expect(developer).not.toBeAllowedTo('create', 'pods', { namespace: 'kube-system' })
    await expect(developer).not.toBeAllowedTo('delete', 'roles.rbac.authorization.k8s.io', { namespace })
  })

  test('a viewer looks, but not at secrets', async () => {
    await expect(viewer).toBeAllowedTo('list', 'pods')
    await expect(viewer).not.toBeAllowedTo('get', 'secrets', { namespace: 'demo' })
    await expect(viewer).not.toBeAllowedTo('delete', 'pods', { namespace: 'demo' })
    await expect(viewer).not.toBeAllowedTo('get', '/metrics')
  })
})

/** What a matcher says when it fails. */
async function failureOf(assertion: Promise<void>): Promise<string[]> {
  const error = await assertion.then(
    () => undefined,
    (reason: unknown) => reason as Error,
  )
  return (error?.message ?? 'it did not fail').split('\n')
}

describe('a failure says why', () => {
  test('something is denied, and what would allow it', async () => {
    const question = expect(developer).toBeAllowedTo('create', 'pods', { namespace: 'kube-system' })
    expect(await failureOf(question)).toEqual([
      'expected developer@kyma.cx to be allowed to create pods in the namespace "kube-system"',
      '  developer@kyma.cx may not create pods in the namespace "kube-system".',
      expect.stringMatching(/^ {2}RoleBinding "kyma-developers" in the namespaces .*, but there only\.$/),
      expect.stringMatching(/^ {2}What would allow it, by a RoleBinding in "kube-system"/),
    ])
  })

  test('something is allowed, by which binding and rule', async () => {
    const question = expect(viewer).not.toBeAllowedTo('list', 'nodes')
    expect(await failureOf(question)).toEqual([
      'expected read-only-user@kyma.cx not to be allowed to list nodes at the cluster scope',
      '  read-only-user@kyma.cx may list nodes at the cluster scope.',
      expect.stringMatching(
        /^ {2}ClusterRoleBinding "kyma-viewers" gives the group "runtimeOperator" the ClusterRole "kyma-view"/,
      ),
    ])
  })
})

test('a question that is none, or about nobody, is an error, also with not', async () => {
  const noResource = expect(admin).not.toBeAllowedTo('get', 'pods with spaces')
  expect(await failureOf(noResource)).toEqual([
    expect.stringMatching(/is no question; write a verb and RESOURCE/),
  ])
  const nobody = expect('admin@kyma.cx').not.toBeAllowedTo('get', 'pods')
  expect(await failureOf(nobody)).toEqual([expect.stringMatching(/about a persona/)])
})

test('a server that does not answer is an error, never a no', async () => {
  await using lost = openPersona({ name: 'lost', connection: { server: 'https://127.0.0.1:1', token: 'x' } })
  const question = expect(lost).not.toBeAllowedTo('get', 'pods')
  expect(await failureOf(question)).toEqual([expect.stringMatching(/^a SelfSubjectAccessReview failed/)])
})

test.each([
  ['pods', { resource: 'pods', apiGroup: '', subresource: '' }],
  ['deployments.apps', { resource: 'deployments', apiGroup: 'apps', subresource: '' }],
  ['pods/log', { resource: 'pods', apiGroup: '', subresource: 'log' }],
  [
    'roles.rbac.authorization.k8s.io/status',
    { resource: 'roles', apiGroup: 'rbac.authorization.k8s.io', subresource: 'status' },
  ],
])('%s is read as kubectl reads it', (target, attributes) => {
  expect(attributesOf('get', target, { namespace: 'a', name: 'b' })).toEqual({
    verb: 'get',
    namespace: 'a',
    name: 'b',
    ...attributes,
  })
})

test('a path has neither a namespace nor a name', () => {
  expect(attributesOf('get', '/version')).toEqual({ verb: 'get', path: '/version' })
  expect(() => attributesOf('get', '/version', { namespace: 'a' })).toThrow('is in no namespace')
})
