import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cell, cells, PERSONAS } from './access-table.ts'
import { tryCell, makeSharedObjects } from './attempt.ts'
import { startTestStack, type TestStack } from './gatehouse.ts'
import { observe, type Observer } from './observer.ts'

const ADMIN = PERSONAS[0].email

let stack: TestStack
let observer: Observer
beforeAll(async () => {
  stack = await startTestStack()
  observer = await observe(stack, ADMIN)
  const terminals = PERSONAS.map(({ email }) => stack.terminalOf(email))
  await Promise.all([...terminals, makeSharedObjects(cells, observer)])
})
afterAll(async () => {
  await observer?.[Symbol.asyncDispose]()
  await stack?.[Symbol.asyncDispose]()
})

describe.each(PERSONAS)('$email', ({ persona }) => {
  const own = cells.filter((cell) => cell.persona === persona)
  test.concurrent.each(own.map((cell) => [sentenceOf(cell), cell] as const))('%s', async (_, cell) => {
    expect(await tryCell(cell, stack, observer)).toBe(cell.allowed ? 'allowed' : 'denied')
  })
})

function sentenceOf({ persona, command, resource, place, allowed }: Cell): string {
  const where = { own: ' in an own namespace', system: ' in a namespace of the system', cluster: '' }[place]
  return `${persona} ${allowed ? 'may' : 'may not'} ${command}${resource && ` ${resource}`}${where}`
}

test('nobody becomes another with --as, not even who may impersonate', async () => {
  const admin = await stack.terminalOf(ADMIN)
  expect(await admin.kubectl('get', 'pods', '-n', 'workshop', '--as', 'developer@kyma.cx')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('impersonation is not supported through this server'),
  })
})

test('a namespace that the namespace admin creates is an own one, for developers too, until it is deleted', async () => {
  const namespaceAdmin = await stack.terminalOf('namespace.admin@kyma.cx')
  const developer = await stack.terminalOf('developer@kyma.cx')
  const name = 'created-by-namespace-admin'
  const create = () => developer.kubectl('create', 'configmap', 'mine', '-n', name)
  expect(await create()).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/cannot create resource "configmaps"/),
  })
  expect(await namespaceAdmin.kubectl('create', 'namespace', name)).toMatchObject({ exitCode: 0 })
  await expect.poll(create, { timeout: 10_000 }).toMatchObject({ exitCode: 0 })
  expect(await developer.kubectl('delete', 'namespace', name)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/cannot delete resource "namespaces"/),
  })
  expect(await namespaceAdmin.kubectl('delete', 'namespace', name, '--wait=false')).toMatchObject({
    exitCode: 0,
  })
  await expect.poll(() => observer.find('namespaces', undefined, name), { timeout: 20_000 }).toBeUndefined()
})

// Last, since the cluster is another one afterwards.
test('where the cluster gives no basic rights to everybody, the groups still have them', async () => {
  for (const name of ['system:basic-user', 'system:discovery']) {
    const path = `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${name}`
    expect(await observer.send('DELETE', path)).toMatchObject({ code: 200 })
  }
  const whoami = async (email: string) => (await stack.terminalOf(email)).kubectl('auth', 'whoami')
  await expect
    .poll(() => whoami('no-rights-user@kyma.cx'), { timeout: 10_000 })
    .toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/you do not have permission to call it/) })
  for (const { email } of PERSONAS.filter(({ persona }) => persona !== 'somebody without rights')) {
    expect(await whoami(email)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(email) })
  }
})
