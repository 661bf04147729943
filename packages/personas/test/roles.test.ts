import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createReviewClient, type ReviewClient } from '@gatehouse/authorization'
import type { Cluster } from '@gatehouse/cluster'
import {
  apply,
  kubectlOutput,
  remove,
  startTestCluster,
  type TestCluster,
} from '@gatehouse/cluster/test-cluster'
import { currentCluster, readKubeconfig } from '@gatehouse/kubeconfig'
import {
  accessObjects,
  type Binding,
  bindings,
  type KubernetesObject,
  people,
  ROLE_NAMES,
  samples,
} from '../src/index.ts'
import { cellsOf, disagreements, roleBindingsIn } from './access.ts'
import { sentenceOf, table } from './table.ts'

/** What somebody may; a binding that is missing shows here, and nowhere else. */
const rightsInTable = table.filter(({ allowed }) => allowed).flatMap(cellsOf)
let running: TestCluster
let cluster: Cluster
let reviews: ReviewClient

const kubectl = (args: readonly string[]) => kubectlOutput(running, args)

/** What the API server and the table disagree on, once that is `expected`; changes of RBAC take a moment. */
async function untilDisagreements(expected: 'none' | 'some', about = rightsInTable): Promise<string[]> {
  return vi.waitFor(
    async () => {
      const wrong = await disagreements(reviews, about)
      if ((wrong.length === 0) !== (expected === 'none')) {
        throw new Error(`expected ${expected}, there are ${wrong.length}: ${wrong.slice(0, 5).join('; ')}`)
      }
      return wrong
    },
    { timeout: 60_000, interval: 200 },
  )
}

beforeAll(async () => {
  running = await startTestCluster()
  cluster = running.cluster
  reviews = createReviewClient(await currentCluster(await readKubeconfig(cluster.adminKubeconfig)))
  await apply(running, [...accessObjects(), ...samples()])
  await apply(running, roleBindingsIn('demo'))
  // The controller-manager fills in the aggregated roles.
  await untilDisagreements('none')
}, 180_000)
afterAll(async () => {
  await reviews?.[Symbol.asyncDispose]()
  await running?.[Symbol.asyncDispose]()
})

describe('the roles table', () => {
  test.each(table.map((row) => [sentenceOf(row), row] as const))('%s', async (_, row) => {
    expect(await disagreements(reviews, cellsOf(row))).toEqual([])
  })

  test('every aggregated role has rules', async () => {
    for (const role of Object.values(ROLE_NAMES)) {
      expect(await kubectl(['get', 'clusterrole', role, '-o', 'jsonpath={.rules}'])).toContain('verbs')
    }
  })
})

describe('every binding is needed', () => {
  // What kyma-essentials gives, everybody has from the cluster's defaults as well; it has a test of its own.
  const needed = [...bindings(), ...roleBindingsIn('demo')].filter(
    ({ metadata }) => metadata.name !== 'kyma-essentials',
  )

  test.each(needed)(
    'the table fails without $kind $metadata.name',
    async (binding) => {
      const bound = new Set((binding as Binding).subjects.map(({ name }) => name))
      const about = rightsInTable.filter(({ spec }) => spec.groups.some((group) => bound.has(group)))
      await remove(running, [binding])
      try {
        expect(await untilDisagreements('some', about)).not.toEqual([])
      } finally {
        await apply(running, [binding])
      }
      expect(await untilDisagreements('none', about)).toEqual([])
    },
    90_000,
  )

  test('on a cluster without its default rights for everybody, essentials give them to the groups', async () => {
    const basics = table.filter(({ resources }) =>
      resources.some((target) => /^\/version$|^selfsubject/.test(target)),
    )
    const about = basics.flatMap(cellsOf)
    const essentials = bindings().find(({ metadata }) => metadata.name === 'kyma-essentials')!
    await withoutDefaults(async () => {
      // Only the user without a group loses them...
      await vi.waitFor(
        async () => {
          const losers = new Set(
            (await disagreements(reviews, about)).map((sentence) => sentence.split(' ')[0]),
          )
          expect([...losers]).toEqual(['no-rights-user@kyma.cx'])
        },
        { timeout: 60_000, interval: 200 },
      )
      // ...and without the binding, everybody but the admin.
      await remove(running, [essentials])
      try {
        await vi.waitFor(
          async () => {
            const losers = new Set(
              (await disagreements(reviews, about)).map((sentence) => sentence.split(' ')[0]),
            )
            expect(losers.size).toBe(4)
          },
          { timeout: 60_000, interval: 200 },
        )
      } finally {
        await apply(running, [essentials])
      }
    })
    expect(await untilDisagreements('none')).toEqual([])
  }, 120_000)
})

test.each(people)(
  '$email: kubectl cluster-info works as the table says',
  async ({ email, groups, persona }) => {
    const kubeconfig = await cluster.kubeconfigFor({ user: email, groups })
    const { stdout, stderr } = await running.kubectl(['cluster-info'], { kubeconfig })
    expect(`${stdout}${stderr}`).toContain(
      persona === 'no-rights' ? 'cannot list resource "services"' : 'is running at',
    )
  },
)

test('the sample workload runs', async () => {
  const phases = () => kubectl(['get', 'pods', '-n', 'demo', '-o', 'jsonpath={.items[*].status.phase}'])
  await expect.poll(phases).toBe('Running Running')
}, 70_000)

test('applying everything again changes nothing', async () => {
  const part = 'app.kubernetes.io/part-of=gatehouse-personas'
  const versions = () =>
    kubectl([
      'get',
      'clusterroles,clusterrolebindings',
      '-l',
      part,
      '-o',
      'jsonpath={.items[*].metadata.resourceVersion}',
    ])
  const before = await versions()
  expect(before.split(' ').length).toBeGreaterThan(10)
  await apply(running, [...accessObjects(), ...samples()])
  expect(await versions()).toBe(before)
})

/** Runs `body` while the cluster's default bindings for everybody are away. */
async function withoutDefaults(body: () => Promise<void>): Promise<void> {
  const saved: KubernetesObject[] = []
  for (const name of ['system:basic-user', 'system:discovery', 'system:public-info-viewer']) {
    const text = await kubectl(['get', 'clusterrolebinding', name, '-o', 'json'])
    const { metadata, ...binding } = JSON.parse(text) as KubernetesObject
    const { labels = {}, annotations = {} } = metadata
    saved.push({ ...binding, metadata: { name, labels, annotations } })
    await kubectl(['delete', 'clusterrolebinding', name])
  }
  try {
    await body()
  } finally {
    await apply(running, saved)
  }
}
