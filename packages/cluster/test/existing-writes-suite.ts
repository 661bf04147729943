import { beforeAll, describe, expect, test } from 'vitest'
import { type ClusterObject, describeRights, nameOf } from '../src/index.ts'
import { apply, kubectlOutput, type TestCluster } from '../src/test-cluster.ts'
import { allObjects } from '../src/test-objects.ts'
import { openExisting } from './open-existing.ts'

const RBAC = 'rbac.authorization.k8s.io'
const signal = () => AbortSignal.timeout(60_000)
const account = { namespace: 'tools', name: 'proxy' }

const objects = (): ClusterObject[] => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tools' } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'tools:proxy' },
    rules: [{ apiGroups: [''], resources: ['users'], resourceNames: ['jane'], verbs: ['impersonate'] }],
  },
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'tools:proxy' },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'tools:proxy' },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  },
  // Without a namespace: it goes to default, whatever the context says.
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'settings' }, stringData: { key: 'text' } },
]

/** What is written to a cluster that somebody else runs, and what is left of it. */
export function testWrites(running: () => TestCluster): void {
  let started: TestCluster
  beforeAll(() => {
    started = running()
  })
  const everything = () => allObjects((args) => kubectlOutput(started, args))

  // Each lists a whole cluster several times.
  describe('a cluster that somebody else runs', { timeout: 120_000 }, () => {
    test('is only read while a plan is made, and opening it leaves nothing behind', async () => {
      const before = await everything()
      const opened = await openExisting(started.cluster.adminKubeconfig)
      const plan = await opened.cluster.plan(objects(), account, signal())
      expect(plan.writes.map(({ action, object }) => `${action} ${nameOf(object)}`)).toEqual([
        'create Namespace tools',
        'create ServiceAccount tools/proxy',
        'create ClusterRole tools:proxy',
        'create ClusterRoleBinding tools:proxy',
        'create Secret default/settings',
      ])
      expect(plan).toMatchObject({ foreign: [], missingRights: [] })
      await opened[Symbol.asyncDispose]()
      expect(await everything()).toEqual(before)
    })

    test('gets what is planned, wants nothing more then, and is afterwards as it was before', async () => {
      const before = await everything()
      await using opened = await openExisting(started.cluster.adminKubeconfig)
      const { cluster } = opened
      await cluster.write(await cluster.plan(objects(), account, signal()), 'me', signal())
      expect((await everything()).length).toBeGreaterThan(before.length + 5)
      const again = await cluster.plan(objects(), account, signal())
      expect(again).toEqual({ writes: [], foreign: [], missingRights: [] })

      const removal = await cluster.remove('me', signal())
      expect(removal.removed).toHaveLength(5)
      expect(removal).toMatchObject({ kept: [], missingRights: [], unseen: [] })
      expect(await everything()).toEqual(before)
    })

    test('keeps what others made, and the namespace that holds it', async () => {
      await using opened = await openExisting(started.cluster.adminKubeconfig)
      const { cluster } = opened
      await cluster.write(await cluster.plan(objects(), account, signal()), 'me', signal())
      await apply(started, '{apiVersion: v1, kind: ConfigMap, metadata: {name: precious, namespace: tools}}')
      // As a controller would, which puts the same into every namespace.
      for (const namespace of ['default', 'tools']) {
        await kubectlOutput(started, [
          'create',
          'configmap',
          'everywhere',
          '-n',
          namespace,
          '--from-literal=a=b',
        ])
      }
      const changeCopy = (value: string) =>
        kubectlOutput(started, [
          'patch',
          'configmap',
          'everywhere',
          '-n',
          'tools',
          '-p',
          `{"data":{"a":"${value}"}}`,
        ])

      expect(await cluster.remove('somebody else', signal())).toMatchObject({ removed: [], kept: [] })
      const removal = await cluster.remove('me', signal())
      expect(removal.removed.map(nameOf)).not.toContain('Namespace tools')
      expect(removal.kept.map(({ object, holds }) => [nameOf(object), holds.map(nameOf)])).toEqual([
        ['Namespace tools', ['ConfigMap tools/precious']],
      ])
      expect(
        await kubectlOutput(started, ['get', 'configmap', 'precious', '-n', 'tools', '-o', 'name']),
      ).toBe('configmap/precious')

      await kubectlOutput(started, ['delete', 'configmap', 'precious', '-n', 'tools'])
      await changeCopy('c')
      const other = await cluster.remove('me', signal())
      expect(other.kept.flatMap(({ holds }) => holds.map(nameOf))).toEqual(['ConfigMap tools/everywhere'])
      await changeCopy('b')
      expect((await cluster.remove('me', signal())).removed.map(nameOf)).toEqual(['Namespace tools'])
      await kubectlOutput(started, ['delete', 'configmap', 'everywhere'])
    })

    test("has its objects respected: one with a wanted name is never changed, even when it's the same", async () => {
      await apply(started, '{apiVersion: v1, kind: Namespace, metadata: {name: tools}}')
      await using opened = await openExisting(started.cluster.adminKubeconfig)
      const plan = await opened.cluster.plan(objects().slice(0, 1), undefined, signal())
      expect(plan.writes).toEqual([])
      expect(plan.foreign.map(nameOf)).toEqual(['Namespace tools'])
      await kubectlOutput(started, ['delete', 'namespace', 'tools'])
    })

    test('is not written to when somebody was there between plan and write', async () => {
      const object: ClusterObject = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'raced', namespace: 'default' },
        data: { by: 'us' },
      }
      await using opened = await openExisting(started.cluster.adminKubeconfig)
      const { cluster } = opened
      const read = () => kubectlOutput(started, ['get', 'configmap', 'raced', '-o', 'jsonpath={.data.by}'])

      const creation = await cluster.plan([object], undefined, signal())
      await apply(started, '{apiVersion: v1, kind: ConfigMap, metadata: {name: raced}, data: {by: them}}')
      await expect(cluster.write(creation, 'me', signal())).rejects.toThrow(/already exists/)
      expect(await read()).toBe('them')
      await kubectlOutput(started, ['delete', 'configmap', 'raced'])

      await cluster.write(await cluster.plan([object], undefined, signal()), 'me', signal())
      const other = { ...object, data: { by: 'us again' } }
      const change = await cluster.plan([other], undefined, signal())
      expect(change.writes.map(({ action }) => action)).toEqual(['change'])
      await kubectlOutput(started, ['label', 'configmap', 'raced', 'touched=yes'])
      await expect(cluster.write(change, 'me', signal())).rejects.toThrow(/has been modified/)

      await cluster.write(await cluster.plan([other], undefined, signal()), 'me', signal())
      expect(await read()).toBe('us again')
      expect((await cluster.remove('me', signal())).removed.map(nameOf)).toEqual(['ConfigMap default/raced'])
    })

    test('takes definitions and objects of the defined kind at once, and loses both', async () => {
      const before = await everything()
      const definition: ClusterObject = {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'mice.example.org' },
        spec: {
          group: 'example.org',
          scope: 'Namespaced',
          names: { plural: 'mice', singular: 'mouse', kind: 'Mouse', listKind: 'MouseList' },
          versions: [
            { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
          ],
        },
      }
      const mouse = { apiVersion: 'example.org/v1', kind: 'Mouse', metadata: { name: 'mickey' } }
      await using opened = await openExisting(started.cluster.adminKubeconfig)
      const { cluster } = opened
      await expect(cluster.plan([mouse], undefined, signal())).rejects.toMatchObject({
        code: 'ERR_UNKNOWN_KIND',
        message: expect.stringContaining('Mouse mickey'),
      })
      await cluster.write(await cluster.plan([definition, mouse], undefined, signal()), 'me', signal())
      expect(await kubectlOutput(started, ['get', 'mice', '-o', 'name'])).toBe('mouse.example.org/mickey')
      expect((await cluster.remove('me', signal())).removed).toHaveLength(2)
      await expect.poll(() => everything()).toEqual(before)
    })
  })

  describe("somebody without rights, by his own cluster's word", { timeout: 120_000 }, () => {
    test('learns which rights are missing, all at once, and nothing is written', async () => {
      const before = await everything()
      const kubeconfig = await started.cluster.kubeconfigFor({ user: 'bob', groups: ['team'] })
      await using opened = await openExisting(kubeconfig)
      expect(opened.cluster.user).toBe('bob')
      const plan = await opened.cluster.plan(objects(), account, signal())
      expect(describeRights(plan.missingRights)).toEqual([
        'get namespaces "tools"',
        'get serviceaccounts "proxy" in the namespace tools',
        `get, bind clusterroles.${RBAC} "tools:proxy"`,
        `get clusterrolebindings.${RBAC} "tools:proxy"`,
        'get secrets "settings" in the namespace default',
        'create namespaces',
        'create serviceaccounts in the namespace tools',
        `create, escalate clusterroles.${RBAC}`,
        `create clusterrolebindings.${RBAC}`,
        'create secrets in the namespace default',
        'create serviceaccounts/token "proxy" in the namespace tools',
      ])
      expect(await everything()).toEqual(before)
    })

    test('may give away what he has, and no more', async () => {
      const kubeconfig = await started.cluster.kubeconfigFor({ user: 'roger' })
      await apply(
        started,
        `{apiVersion: v1, kind: List, items: [
          {apiVersion: ${RBAC}/v1, kind: ClusterRole, metadata: {name: roger}, rules: [
            {apiGroups: [${RBAC}], resources: [clusterroles, clusterrolebindings], verbs: [get, create]},
            {apiGroups: [''], resources: [users], resourceNames: [jane], verbs: [impersonate]}]},
          {apiVersion: ${RBAC}/v1, kind: ClusterRoleBinding, metadata: {name: roger},
           roleRef: {apiGroup: ${RBAC}, kind: ClusterRole, name: roger}, subjects: [{kind: User, name: roger}]}]}`,
      )
      await using opened = await openExisting(kubeconfig)
      const { cluster } = opened
      const access = objects().filter(({ kind }) => kind.startsWith('ClusterRole'))
      const plan = () => cluster.plan(access, undefined, signal())
      await expect.poll(async () => (await plan()).missingRights).toEqual([])
      const more = access.map((object) =>
        'rules' in object
          ? { ...object, rules: [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'] }] }
          : object,
      )
      const { missingRights } = await cluster.plan(more, undefined, signal())
      expect(describeRights(missingRights)).toEqual([
        `escalate clusterroles.${RBAC}`,
        `bind clusterroles.${RBAC} "tools:proxy"`,
      ])
      // The API server says the same.
      await cluster.write(await plan(), 'roger', signal())
      await using admin = await openExisting(started.cluster.adminKubeconfig)
      expect((await admin.cluster.remove('roger', signal())).removed).toHaveLength(2)
    })

    test('can not remove what he may not delete, and is told so before anything is removed', async () => {
      await using admin = await openExisting(started.cluster.adminKubeconfig)
      await admin.cluster.write(await admin.cluster.plan(objects(), account, signal()), 'me', signal())
      await kubectlOutput(started, [
        'create',
        'clusterrolebinding',
        'vera',
        '--clusterrole=view',
        '--user=vera',
      ])
      const kubeconfig = await started.cluster.kubeconfigFor({ user: 'vera' })
      await using opened = await openExisting(kubeconfig)
      const removal = await opened.cluster.remove('me', signal())
      expect(removal.removed).toEqual([])
      expect(describeRights(removal.missingRights)).toContain('delete namespaces "tools"')
      expect(removal.unseen).toContain('secrets')
      expect((await admin.cluster.remove('me', signal())).removed).toHaveLength(5)
    })
  })
}
