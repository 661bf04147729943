import type { Cluster } from '@gatehouse/cluster'
import { apply, kubectlOutput, startTestCluster, type TestCluster } from '@gatehouse/cluster/test-cluster'
import { accessObjects, namespaceBindings } from '@gatehouse/personas'
import { createLogger } from '@gatehouse/server'
import {
  AuthorizationV1Api,
  KubeConfig,
  RbacAuthorizationV1Api,
  type V1RoleBinding,
} from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startPermissionController } from '../src/app.ts'
import { configSchema, type ControllerConfigInput } from '../src/config.ts'
import { rights } from '../src/rights.ts'

const settings = { bindings: namespaceBindings(), retiredBindings: ['old-admins'] }
const IDENTITY = 'permission-controller'

let running: TestCluster
let cluster: Cluster
let kubeconfig: string
let rbac: RbacAuthorizationV1Api

beforeAll(async () => {
  running = await startTestCluster()
  cluster = running.cluster
  kubeconfig = await cluster.kubeconfigFor({ user: IDENTITY })
  const admin = new KubeConfig()
  admin.loadFromFile(cluster.adminKubeconfig)
  rbac = admin.makeApiClient(RbacAuthorizationV1Api)
  await apply(running, [...accessObjects(), ...rights(settings, { kind: 'User', name: IDENTITY })])
}, 180_000)
afterAll(() => running?.[Symbol.asyncDispose]())

async function start(over: Partial<ControllerConfigInput> = {}) {
  const log: Record<string, unknown>[] = []
  const logger = createLogger({
    name: 'permission-controller',
    destination: { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) },
  })
  const config = configSchema.parse({
    kubeconfig,
    operations: { port: 0 },
    ...settings,
    retrySeconds: 0.05,
    ...over,
  })
  const service = await startPermissionController(config, { logger })
  const ask = async (path: string) => fetch(`${service.urls['operations']}${path}`)
  return {
    log,
    ask,
    writes: () =>
      log
        .filter(({ msg }) => msg === 'wrote a RoleBinding')
        .map(({ verb, namespace, name }) => `${String(verb)} ${String(namespace)}/${String(name)}`),
    untilReady: () =>
      vi.waitFor(async () => expect((await ask('/readyz')).status).toBe(200), { timeout: 60_000 }),
    metric: async (name: string) =>
      (await (await ask('/metrics')).text())
        .split('\n')
        .find((line) => line.startsWith(name))
        ?.split(' ')
        .at(-1),
    [Symbol.asyncDispose]: () => service.drain(),
  }
}

const subjects = (binding: V1RoleBinding | undefined) =>
  binding?.subjects?.map(({ kind, name }) => `${kind}:${name}`)
const read = (namespace: string, name = 'kyma-namespace-admins') =>
  rbac.readNamespacedRoleBinding({ namespace, name }).catch(() => undefined)

describe('the bindings of namespaces', () => {
  test('are in those that were there and in those that come, but not in the system’s', async () => {
    await kubectl(['create', 'namespace', 'before'])
    await using controller = await start()
    await controller.untilReady()
    await kubectl(['create', 'namespace', 'after'])
    for (const namespace of ['default', 'before', 'after']) {
      await expect.poll(async () => subjects(await read(namespace))).toEqual(['Group:runtimeNamespaceAdmin'])
      await expect
        .poll(async () => subjects(await read(namespace, 'kyma-developers')))
        .toEqual(['Group:runtimeDeveloper'])
      expect((await read(namespace))!.roleRef).toMatchObject({
        kind: 'ClusterRole',
        name: 'kyma-namespace-admin',
      })
    }
    await expect.poll(() => controller.metric('gatehouse_permission_controller_queue_depth')).toBe('0')
    for (const namespace of ['kube-system', 'kube-public', 'kube-node-lease']) {
      expect(await read(namespace)).toBeUndefined()
    }
  })

  test('come back when they are deleted, and are set right when they are changed', async () => {
    await using controller = await start()
    await controller.untilReady()
    const before = (await read('default'))!
    await rbac.deleteNamespacedRoleBinding({ namespace: 'default', name: 'kyma-namespace-admins' })
    await expect
      .poll(async () => (await read('default'))?.metadata?.uid)
      .toEqual(expect.not.stringMatching(before.metadata!.uid!))

    await kubectl([
      'patch',
      'rolebinding',
      'kyma-namespace-admins',
      '-n',
      'default',
      '--type=json',
      '-p',
      JSON.stringify([
        {
          op: 'add',
          path: '/subjects/-',
          value: { kind: 'User', name: 'eve', apiGroup: 'rbac.authorization.k8s.io' },
        },
      ]),
    ])
    await expect.poll(async () => subjects(await read('default'))).toEqual(['Group:runtimeNamespaceAdmin'])

    // Without our label our watch no longer sees it.
    await kubectl([
      'label',
      'rolebinding',
      'kyma-namespace-admins',
      '-n',
      'default',
      'app.kubernetes.io/managed-by-',
      'mine=kept',
    ])
    await expect
      .poll(async () => (await read('default'))?.metadata?.labels)
      .toEqual({ 'app.kubernetes.io/managed-by': 'gatehouse-permission-controller', mine: 'kept' })

    await rbac.deleteNamespacedRoleBinding({ namespace: 'default', name: 'kyma-namespace-admins' })
    await kubectl([
      'create',
      'rolebinding',
      'kyma-namespace-admins',
      '-n',
      'default',
      '--clusterrole=view',
      '--user=eve',
    ]).catch(() => undefined)
    await expect.poll(async () => (await read('default'))?.roleRef.name).toBe('kyma-namespace-admin')
    expect(subjects(await read('default'))).toEqual(['Group:runtimeNamespaceAdmin'])
  })

  test('are set right at the start when they were changed while nobody watched', async () => {
    await (await start())[Symbol.asyncDispose]()
    await rbac.deleteNamespacedRoleBinding({ namespace: 'default', name: 'kyma-developers' })
    await kubectl([
      'create',
      'rolebinding',
      'kyma-developers',
      '-n',
      'default',
      '--clusterrole=cluster-admin',
      '--user=eve',
    ])
    await kubectl([
      'label',
      'rolebinding',
      'kyma-developers',
      '-n',
      'default',
      'app.kubernetes.io/managed-by=gatehouse-permission-controller',
    ])
    await using controller = await start()
    await expect
      .poll(async () => (await read('default', 'kyma-developers'))?.roleRef.name)
      .toBe('kyma-developer')
    expect(controller.writes()).toEqual(['recreate default/kyma-developers'])
  })

  test('are left alone when they are right: a restart writes nothing', async () => {
    {
      await using first = await start()
      await first.untilReady()
      await expect.poll(() => first.metric('gatehouse_permission_controller_queue_depth')).toBe('0')
    }
    await using controller = await start({ resyncSeconds: 0.2 })
    await controller.untilReady()
    await expect
      .poll(async () =>
        Number(
          await controller.metric('gatehouse_permission_controller_reconciles_total{result="unchanged"}'),
        ),
      )
      .toBeGreaterThan(20)
    expect(controller.writes()).toEqual([])
    expect(await controller.metric('gatehouse_permission_controller_errors_total')).toBeUndefined()
  })

  test('go from a namespace that becomes excluded, and retired ones everywhere; other bindings stay', async () => {
    await kubectl(['create', 'namespace', 'platform'])
    await kubectl(['create', 'rolebinding', 'theirs', '-n', 'platform', '--clusterrole=view', '--user=jane'])
    for (const namespace of ['platform', 'default']) {
      await kubectl([
        'create',
        'rolebinding',
        'old-admins',
        '-n',
        namespace,
        '--clusterrole=view',
        '--user=jane',
      ])
      await kubectl([
        'label',
        'rolebinding',
        'old-admins',
        '-n',
        namespace,
        'app.kubernetes.io/managed-by=gatehouse-permission-controller',
      ])
    }
    {
      await using controller = await start()
      await controller.untilReady()
      await expect.poll(() => read('platform')).toBeDefined()
      await expect.poll(() => read('default', 'old-admins')).toBeUndefined()
    }
    await using _controller = await start({
      excludedNamespaces: ['kube-system', 'kube-public', 'kube-node-lease', 'platform'],
    })
    await expect.poll(() => read('platform')).toBeUndefined()
    await expect.poll(() => read('platform', 'kyma-developers')).toBeUndefined()
    expect(await read('platform', 'theirs')).toBeDefined()
    expect(await read('default')).toBeDefined()
  })

  test('are no reason for errors in a namespace that goes away', async () => {
    await kubectl(['create', 'namespace', 'leaving'])
    await using controller = await start()
    await expect.poll(() => read('leaving')).toBeDefined()
    // A finalizer holds the namespace in its last phase, in which its bindings are deleted but none may be made.
    await kubectl(['create', 'configmap', 'held', '-n', 'leaving'])
    await kubectl([
      'patch',
      'configmap',
      'held',
      '-n',
      'leaving',
      '-p',
      '{"metadata":{"finalizers":["example.test/hold"]}}',
    ])
    await kubectl(['delete', 'namespace', 'leaving', '--wait=false'])
    await expect.poll(() => read('leaving')).toBeUndefined()
    await kubectl(['patch', 'configmap', 'held', '-n', 'leaving', '-p', '{"metadata":{"finalizers":null}}'])
    const phase = () => kubectl(['get', 'namespace', 'leaving', '--ignore-not-found', '-o', 'name'])
    await expect.poll(phase).toBe('')
    await expect.poll(() => controller.metric('gatehouse_permission_controller_queue_depth')).toBe('0')
    expect(controller.log.filter(({ level }) => level !== 'info')).toEqual([])
  }, 60_000)
})

describe('with its bindings, people can do what the table says', () => {
  const as = (user: string, group: string) => [`--as=${user}`, `--as-group=${group}`]
  const namespaceAdmin = as('namespace.admin@kyma.cx', 'runtimeNamespaceAdmin')

  test('a namespace admin makes a namespace, works in it, and deletes it, but no namespace of the system', async () => {
    await using _controller = await start()
    await kubectl(['create', 'namespace', 'mine', ...namespaceAdmin])
    await expect
      .poll(() => kubectl(['auth', 'can-i', '*', '*', '-n', 'mine', ...namespaceAdmin]).catch(() => 'no'))
      .toContain('yes')
    await kubectl([
      'create',
      'role',
      'reader',
      '--verb=get',
      '--resource=pods',
      '-n',
      'mine',
      ...namespaceAdmin,
    ])
    await kubectl(['delete', 'namespace', 'mine', '--wait=false', ...namespaceAdmin])
    for (const name of ['kube-system', 'kube-public']) {
      await expect(kubectl(['delete', 'namespace', name, ...namespaceAdmin])).rejects.toThrow(/forbidden/)
    }
  })

  test('a developer makes a deployment there, and may not touch roles', async () => {
    await using _controller = await start()
    const developer = as('developer@kyma.cx', 'runtimeDeveloper')
    await expect
      .poll(() =>
        kubectl(['auth', 'can-i', 'create', 'deployments', '-n', 'default', ...developer]).catch(() => 'no'),
      )
      .toContain('yes')
    await kubectl(['create', 'deployment', 'hello', '--image=hello', '-n', 'default', ...developer])
    await kubectl(['delete', 'deployment', 'hello', '-n', 'default', ...developer])
    await expect(
      kubectl(['create', 'role', 'r', '--verb=get', '--resource=pods', '-n', 'default', ...developer]),
    ).rejects.toThrow(/forbidden/)
    await expect(kubectl(['get', 'pods', '-n', 'kube-system', ...developer])).rejects.toThrow(/forbidden/)
  })
})

describe('the rights of the controller', () => {
  const ask = async (attributes: object) => {
    const admin = new KubeConfig()
    admin.loadFromFile(cluster.adminKubeconfig)
    const { status } = await admin.makeApiClient(AuthorizationV1Api).createSubjectAccessReview({
      body: { spec: { user: IDENTITY, groups: ['system:authenticated'], resourceAttributes: attributes } },
    })
    return status!.allowed
  }
  const rbacGroup = 'rbac.authorization.k8s.io'
  test.each<[boolean, object]>([
    [true, { verb: 'watch', resource: 'namespaces' }],
    [false, { verb: 'get', resource: 'namespaces', name: 'default' }],
    [false, { verb: 'delete', resource: 'namespaces', name: 'default' }],
    [false, { verb: 'list', resource: 'secrets' }],
    [true, { verb: 'create', group: rbacGroup, resource: 'rolebindings', namespace: 'default' }],
    [
      true,
      {
        verb: 'update',
        group: rbacGroup,
        resource: 'rolebindings',
        namespace: 'default',
        name: 'kyma-developers',
      },
    ],
    [
      false,
      { verb: 'update', group: rbacGroup, resource: 'rolebindings', namespace: 'default', name: 'theirs' },
    ],
    [
      false,
      { verb: 'delete', group: rbacGroup, resource: 'rolebindings', namespace: 'default', name: 'theirs' },
    ],
    [false, { verb: 'create', group: rbacGroup, resource: 'clusterrolebindings' }],
    [true, { verb: 'bind', group: rbacGroup, resource: 'clusterroles', name: 'kyma-namespace-admin' }],
    [false, { verb: 'bind', group: rbacGroup, resource: 'clusterroles', name: 'cluster-admin' }],
    [false, { verb: 'escalate', group: rbacGroup, resource: 'clusterroles', name: 'kyma-namespace-admin' }],
    [false, { verb: 'impersonate', resource: 'users', name: 'admin@kyma.cx' }],
  ])('%s: %o', async (allowed, attributes) => {
    expect(await ask(attributes)).toBe(allowed)
  })

  test('each rule is needed: without bind it says so and goes on trying, and works once it may', async () => {
    const name = 'gatehouse-permission-controller'
    const [role] = rights(settings, { kind: 'User', name: IDENTITY })
    const withoutBind = {
      ...role,
      rules: (role as { rules: { verbs: string[] }[] }).rules.filter(({ verbs }) => !verbs.includes('bind')),
    }
    await kubectl(['replace', '-f', '-'], JSON.stringify(withoutBind))
    try {
      await expect
        .poll(() => ask({ verb: 'bind', group: rbacGroup, resource: 'clusterroles', name: 'kyma-developer' }))
        .toBe(false)
      await using controller = await start()
      await kubectl(['create', 'namespace', 'blocked'])
      await expect
        .poll(() =>
          controller.log.filter(({ namespace }) => namespace === 'blocked').map(({ attempt }) => attempt),
        )
        .toEqual(expect.arrayContaining([1, 2, 3]))
      expect(controller.log.find(({ namespace }) => namespace === 'blocked')).toMatchObject({
        level: 'warn',
        failure: 'forbidden',
        reason: expect.stringContaining('attempting to grant RBAC permissions not currently held'),
      })
      expect(
        Number(await controller.metric('gatehouse_permission_controller_errors_total{failure="forbidden"}')),
      ).toBeGreaterThan(2)
      await kubectl(['replace', '-f', '-'], JSON.stringify(role))
      await expect.poll(() => read('blocked')).toBeDefined()
    } finally {
      await kubectl(['replace', '-f', '-'], JSON.stringify(role))
      await kubectl(['get', 'clusterrole', name])
    }
  }, 60_000)
})

describe('when the API server is away', () => {
  test('it is alive and not ready, and catches up once it is back', async () => {
    await using controller = await start()
    await controller.untilReady()
    await expect.poll(() => controller.metric('gatehouse_permission_controller_queue_depth')).toBe('0')
    const restarted = running.supervisor.restart('kube-apiserver', AbortSignal.timeout(60_000))
    await vi.waitFor(async () => expect((await controller.ask('/readyz')).status).toBe(503), {
      timeout: 60_000,
    })
    expect((await controller.ask('/livez')).status).toBe(200)
    await restarted
    await vi.waitFor(async () => expect((await controller.ask('/readyz')).status).toBe(200), {
      timeout: 60_000,
    })
    await kubectl(['create', 'namespace', 'afterwards'])
    await expect.poll(() => read('afterwards')).toBeDefined()
    expect(
      Number(await controller.metric('gatehouse_permission_controller_watch_interruptions_total')),
    ).toBeGreaterThan(0)
  }, 120_000)
})

/** Runs the real kubectl as the cluster's admin. */
function kubectl(args: readonly string[], input = ''): Promise<string> {
  return kubectlOutput(running, args, { input })
}
