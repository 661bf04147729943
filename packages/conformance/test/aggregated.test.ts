import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apply, remove, startTestCluster, type TestCluster } from '@gatehouse/cluster/test-cluster'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { stringify } from 'yaml'
import {
  exitCodeOf,
  httpPath,
  loadSpec,
  type Path,
  runDiscovery,
  runSpec,
  type Target,
} from '../src/index.ts'
import { DISCOVERY_TYPE } from '../src/catalogue/discovery.ts'
import { credentialIn } from '../src/mutation/second-cluster.ts'
import { type Api, connectApi } from '../src/run/api.ts'
import { type AggregatedApi, away, GROUP, startAggregatedApi } from './aggregated-api.ts'

const ADMIN = { user: 'ada', groups: ['admins'] }
const VIEWER = { user: 'vera', groups: ['viewers'] }
const gadgets = `gadgets.${GROUP}`

let running: TestCluster
let api: AggregatedApi
let admin: Api
let path: Path
let target: Target
beforeAll(async () => {
  running = await startTestCluster()
  const { cluster, home } = running
  const shop = join(home, 'shop')
  await mkdir(shop)
  api = await startAggregatedApi(shop)
  const rbac = 'rbac.authorization.k8s.io'
  const bind = (role: string, group: string) => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: group },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: rbac, kind: 'Group', name: group }],
  })
  const endpoint = { server: cluster.server, certificateAuthority: cluster.certificateAuthority }
  const never = new AbortController().signal
  admin = connectApi(endpoint, await credentialIn(cluster.adminKubeconfig), never)
  await apply(running, [
    ...api.objects,
    bind('cluster-admin', 'admins'),
    bind('look', 'viewers'),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'look' },
      rules: [{ apiGroups: [GROUP], resources: ['gadgets'], verbs: ['get', 'list'] }],
    },
  ])
  await untilServed(GROUP, 'Current')
  path = httpPath({ id: 'direct', endpoint, isDirect: true, concurrency: 16 })
  target = {
    api: endpoint,
    paths: [path],
    logIn: async ({ username }) =>
      credentialIn(await cluster.kubeconfigFor(username === ADMIN.user ? ADMIN : VIEWER)),
    auditLog: cluster.auditLog,
    podImage: undefined,
    journalFile: join(home, 'journal.jsonl'),
  }
}, 600_000)
afterAll(async () => {
  await admin?.[Symbol.asyncDispose]()
  await path?.[Symbol.asyncDispose]()
  await api?.[Symbol.asyncDispose]()
  await running?.[Symbol.asyncDispose]()
})

/** What discovery says of the group; undefined when it knows none. */
async function freshnessOf(group: string): Promise<string | undefined> {
  const { text } = await admin.send('GET', '/apis', undefined, DISCOVERY_TYPE)
  const { items } = JSON.parse(text) as {
    items: { metadata: { name: string }; versions: { freshness: string }[] }[]
  }
  return items.find(({ metadata }) => metadata.name === group)?.versions[0]?.freshness
}

const untilServed = (group: string, freshness: 'Current' | 'Stale' | undefined) =>
  vi.waitUntil(async () => (await freshnessOf(group)) === freshness, { timeout: 60_000, interval: 100 })

async function specWith(rules: readonly object[]) {
  const file = join(running.home, 'access.yaml')
  await writeFile(
    file,
    stringify({
      version: 1,
      name: 'a shop',
      personas: { admin: ADMIN, viewer: VIEWER },
      places: { default: { namespace: 'default' } },
      paths: ['direct'],
      everythingElse: 'uncovered',
      rules,
    }),
  )
  return loadSpec(file)
}

const rules = [
  { personas: 'admin', may: '*', resources: gadgets },
  { personas: 'viewer', may: 'read', resources: gadgets },
  { personas: 'viewer', mayNot: 'delete', resources: gadgets },
]

/** What is the same for every run here. */
const how = async (about: readonly object[] = rules) => ({
  spec: await specWith(about),
  target,
  shard: null,
  signal: AbortSignal.timeout(120_000),
  onProgress: () => undefined,
})

test('an aggregated API is tried like every other', async () => {
  const result = await runSpec(await how())
  const about = result.cells.filter(({ group }) => group === GROUP)
  expect(about.map(({ persona, place, verb, actual }) => [persona, place, verb, actual.result])).toEqual(
    expect.arrayContaining([
      ['admin', 'default', 'delete', 'allowed'],
      ['viewer', 'cluster', 'list', 'allowed'],
      ['viewer', 'default', 'get', 'allowed'],
      ['viewer', 'default', 'delete', 'denied'],
    ]),
  )
  expect(about.every(({ actual }) => actual.evidence.audited)).toBe(true)
  expect(
    about.find(({ verb, place }) => verb === 'list' && place === 'default')?.actual.evidence.status,
  ).toBe(200)
  expect({ missing: result.missing, exitCode: exitCodeOf(result) }).toEqual({ missing: [], exitCode: 0 })
}, 120_000)

test('one that is away makes no pass: everything else is tried, and what is missing is said', async () => {
  await apply(running, away.objects)
  await untilServed(away.group, 'Stale')
  try {
    const aboutAway = { personas: 'admin', may: 'get', resources: `parts.${away.group}` }
    const result = await runSpec(await how([...rules, aboutAway]))
    expect(result.totals).toMatchObject({ fail: 0, inconclusive: 0, disagreement: 0 })
    expect(result.totals.pass).toBe(result.cells.length)
    expect(result.cells.filter(({ group }) => group === GROUP)).not.toEqual([])
    expect(result.missing).toEqual([
      `${away.group}/v1 is not available, so it may serve more than was checked`,
    ])
    expect({ complete: result.complete, exitCode: exitCodeOf(result) }).toEqual({
      complete: false,
      exitCode: 2,
    })
  } finally {
    await remove(running, away.objects)
    await untilServed(away.group, undefined)
  }
}, 180_000)

test('one that goes away has not vanished from a baseline, nor does a baseline forget it', async () => {
  const baselineFile = join(running.home, 'baseline.yaml')
  const accepted = await runDiscovery({ ...(await how()), baselineFile, accept: true })
  expect(exitCodeOf(accepted)).toBe(0)
  const baseline = await readFile(baselineFile, 'utf8')
  expect(baseline).toContain(gadgets)

  const [service] = api.objects
  await remove(running, [service!])
  await untilServed(GROUP, 'Stale')
  // The first part of the cells is enough, since it tells what has vanished.
  const shard = { index: 1, count: 10 }
  const compared = await runDiscovery({ ...(await how()), shard, baselineFile, accept: false })
  expect(compared.baseline?.changes.filter(({ group }) => group === GROUP)).toEqual([])
  expect(compared.missing).toEqual([`${GROUP}/v1 is not available, so it may serve more than was checked`])
  expect(exitCodeOf(compared)).toBe(2)
  const again = runDiscovery({ ...(await how()), baselineFile, accept: true })
  await expect(again).rejects.toMatchObject({
    code: 'ERR_BASELINE',
    message: expect.stringContaining(`${GROUP}/v1 can't be asked what it serves`),
  })
  expect(await readFile(baselineFile, 'utf8')).toBe(baseline)
}, 300_000)
