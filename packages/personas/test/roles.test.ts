import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cluster } from '@gatehouse/cluster'
import { accessObjects, bindings, type KubernetesObject, people, ROLE_NAMES, samples } from '../src/index.ts'
import { apply, cellsOf, disagreements, kubectl, roleBindingsIn } from './access.ts'
import { startCluster } from './cluster.ts'
import { table } from './table.ts'

let running: Awaited<ReturnType<typeof startCluster>>
let cluster: Cluster

beforeAll(async () => {
  running = await startCluster()
  cluster = running.cluster
  await apply(cluster, [...accessObjects(), ...samples()])
  await apply(cluster, roleBindingsIn('demo'))
  // The controller-manager fills in the aggregated roles.
  for (const role of Object.values(ROLE_NAMES)) {
    await expect
      .poll(() => kubectl(cluster, ['get', 'clusterrole', role, '-o', 'jsonpath={.rules}']), {
        timeout: 30_000,
      })
      .toMatch(/verbs/)
  }
  const untilSettled = () => disagreements(cluster, table.filter(({ allowed }) => allowed).flatMap(cellsOf))
  await expect.poll(untilSettled, { timeout: 30_000, interval: 500 }).toEqual([])
}, 180_000)
afterAll(() => running?.[Symbol.asyncDispose]())

describe('the roles table', () => {
  test.each(table.map((row) => ({ ...row, outcome: row.allowed ? 'may' : 'may not' })))(
    '$persona $outcome $verbs $resources $name ($place)',
    async (row) => {
      expect(await disagreements(cluster, cellsOf(row))).toEqual([])
    },
  )

  const cells = table.flatMap(cellsOf)
  test.each([...bindings(), ...roleBindingsIn('demo')])(
    'without $kind $metadata.name it fails',
    async (binding) => {
      const { kind, metadata } = binding
      const target = [kind, metadata.name, ...(metadata.namespace ? ['-n', metadata.namespace] : [])]
      await kubectl(cluster, ['delete', ...target])
      try {
        if (metadata.name === 'kyma-essentials') {
          // Everybody has these rights from the cluster's own defaults, too; take those away to see ours.
          await withoutDefaults(async () => {
            await expect.poll(() => disagreements(cluster, cells), { timeout: 15_000 }).not.toEqual([])
          })
        } else {
          await expect.poll(() => disagreements(cluster, cells), { timeout: 15_000 }).not.toEqual([])
        }
      } finally {
        await apply(cluster, [binding])
      }
      await expect.poll(() => disagreements(cluster, cells), { timeout: 15_000 }).toEqual([])
    },
    60_000,
  )

  test('on a cluster without its default discovery rights, essentials give them to the groups', async () => {
    await withoutDefaults(async () => {
      const essentials = table.filter(({ resources }) =>
        resources.some((target) => target === '/version' || target.startsWith('selfsubject')),
      )
      const lost = () => disagreements(cluster, essentials.flatMap(cellsOf))
      await expect.poll(async () => (await lost()).length, { timeout: 15_000 }).toBeGreaterThan(0)
      for (const sentence of await lost()) expect(sentence).toContain('no-rights-user@kyma.cx')
    })
  }, 60_000)
})

test.each(people)(
  '$email: kubectl cluster-info works as the table says',
  async ({ email, groups, persona }) => {
    const kubeconfig = await cluster.kubeconfigFor({ user: email, groups })
    const answer = await kubectl(cluster, ['cluster-info'], kubeconfig).catch((error: Error) => error.message)
    expect(answer).toContain(persona === 'no-rights' ? 'cannot list resource "services"' : 'is running at')
  },
)

test('the sample workload runs', async () => {
  await expect
    .poll(() => kubectl(cluster, ['get', 'pods', '-n', 'demo', '-o', 'jsonpath={.items[*].status.phase}']), {
      timeout: 60_000,
    })
    .toBe('Running Running')
}, 70_000)

test('applying everything again changes nothing', async () => {
  const versions = () =>
    kubectl(cluster, [
      'get',
      'clusterroles,clusterrolebindings',
      '-l',
      'app.kubernetes.io/part-of=gatehouse-personas',
      '-o',
      'jsonpath={.items[*].metadata.resourceVersion}',
    ])
  const before = await versions()
  await apply(cluster, [...accessObjects(), ...samples()])
  expect(await versions()).toBe(before)
})

/** Runs `body` while the cluster's default bindings for everybody are away. */
async function withoutDefaults(body: () => Promise<void>): Promise<void> {
  const names = ['system:basic-user', 'system:discovery', 'system:public-info-viewer']
  const saved: KubernetesObject[] = []
  for (const name of names) {
    const { metadata, ...binding } = JSON.parse(
      await kubectl(cluster, ['get', 'clusterrolebinding', name, '-o', 'json']),
    )
    saved.push({ ...binding, metadata: { name, labels: metadata.labels, annotations: metadata.annotations } })
    await kubectl(cluster, ['delete', 'clusterrolebinding', name])
  }
  try {
    await body()
  } finally {
    await apply(cluster, saved)
  }
}
