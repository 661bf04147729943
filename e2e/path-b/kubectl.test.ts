import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestStack, type Terminal, type TestStack } from './gatehouse.ts'

const ADMIN = 'admin@kyma.cx'
const NO_RIGHTS = 'no-rights-user@kyma.cx'

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack()
})
afterAll(() => stack?.[Symbol.asyncDispose]())

const configMap = (name: string) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { greeting: 'hello' } })

describe('the admin', () => {
  let admin: Terminal
  beforeAll(async () => {
    admin = await stack.terminalOf(ADMIN)
  })

  test('is who the token says, with the groups of the token', async () => {
    const { stdout } = await admin.kubectl('auth', 'whoami', '-o', 'json')
    expect(JSON.parse(stdout)).toMatchObject({
      status: { userInfo: { username: ADMIN, groups: ['runtimeAdmin', 'system:authenticated'] } },
    })
  })

  test('lists nodes and pods in every namespace', async () => {
    expect(await admin.kubectl('get', 'nodes')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/ Ready /),
    })
    expect(await admin.kubectl('get', 'pods', '-A')).toMatchObject({ exitCode: 0 })
  })

  test('creates, reads and deletes an object, and sees it in a watch', async () => {
    const watch = execa(stack.status.cluster!.kubectl, ['get', 'configmaps', '--watch', '-o', 'name'], {
      env: { KUBECONFIG: admin.kubeconfig, HOME: stack.directory },
      extendEnv: false,
      reject: false,
    })
    const seen: string[] = []
    watch.stdout.on('data', (chunk: Buffer) => seen.push(chunk.toString()))
    // The watch is open once it has shown what was there before.
    await expect.poll(() => seen.join(''), { timeout: 15_000 }).toContain('configmap/kube-root-ca.crt')
    expect(await admin.kubectlWith(configMap('made-by-e2e'), 'create', '-f', '-')).toMatchObject({
      exitCode: 0,
      stdout: 'configmap/made-by-e2e created',
    })
    await expect.poll(() => seen.join(''), { timeout: 10_000 }).toContain('configmap/made-by-e2e')
    const got = await admin.kubectl('get', 'configmap', 'made-by-e2e', '-o', 'jsonpath={.data.greeting}')
    expect(got.stdout).toBe('hello')
    expect(await admin.kubectl('delete', 'configmap', 'made-by-e2e')).toMatchObject({ exitCode: 0 })
    expect(await admin.kubectl('get', 'configmap', 'made-by-e2e')).toMatchObject({
      exitCode: 1,
      stderr: 'Error from server (NotFound): configmaps "made-by-e2e" not found',
    })
    watch.kill()
    await watch
  })
})

describe('somebody without rights', () => {
  let nobody: Terminal
  beforeAll(async () => {
    nobody = await stack.terminalOf(NO_RIGHTS)
  })

  test('may ask who he is', async () => {
    const { stdout } = await nobody.kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')
    expect(stdout).toBe(NO_RIGHTS)
  })

  test.each([
    [
      ['get', 'pods'],
      /pods is forbidden: User "no-rights-user@kyma\.cx" cannot list resource "pods" in API group "" in the namespace "default"/,
    ],
    [
      ['get', 'nodes'],
      /nodes is forbidden: User "no-rights-user@kyma\.cx" cannot list resource "nodes" in API group "" at the cluster scope/,
    ],
    [['get', 'configmaps', '--watch'], /configmaps is forbidden/],
    [['get', 'secrets', '-n', 'kube-system'], /secrets is forbidden.* in the namespace "kube-system"/],
    [['delete', 'configmap', 'kube-root-ca.crt'], /cannot delete resource "configmaps"/],
    [['get', '--raw', '/metrics'], /cannot get path "\/metrics"/],
  ])('may not %j, and kubectl says why', async (args, sentence) => {
    const result = await nobody.kubectl(...args)
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toMatch(/Forbidden/)
    expect(result.stderr).toMatch(sentence)
  })

  test('may not create, and nothing is created', async () => {
    const result = await nobody.kubectlWith(configMap('not-made'), 'create', '-f', '-')
    expect(result).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/cannot create resource "configmaps"/),
    })
    const admin = await stack.terminalOf(ADMIN)
    expect((await admin.kubectl('get', 'configmap', 'not-made')).stderr).toMatch(/NotFound/)
  })
})
