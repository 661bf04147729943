import { once } from 'node:events'
import { testKubeconfigAccess } from '@gatehouse/e2e-kubeconfig-access/files-suite'
import { testPathA } from '@gatehouse/e2e-path-a/people-suite'
import { cells } from '@gatehouse/e2e-path-b/access-table'
import { makeSharedObjects } from '@gatehouse/e2e-path-b/attempt'
import { download } from '@gatehouse/e2e-path-b/download'
import { testPeople } from '@gatehouse/e2e-path-b/people-suite'
import { answersIn, embeddedAnswers } from '@gatehouse/e2e-path-b/conformance-answers'
import { testUpgrades } from '@gatehouse/e2e-path-b/upgrades-suite'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { testClusterFiles } from './cluster-files-suite.ts'
import { checkInCluster } from './conformance.ts'
import { ELSEWHERE } from './elsewhere.ts'
import { FULLNAME, type KubernetesObject, NAMESPACE } from './helm.ts'
import { startLoad } from './load.ts'
import { testGrowingLog } from './growing-log-suite.ts'
import { testLoadBalancer } from './load-balancer-suite.ts'
import { replicasOf, untilTaken } from './replicas.ts'
import { FILES_PER_MINUTE } from './values.ts'
import { openWorld, type World } from './world.ts'

const ADMIN = 'admin@kyma.cx'
const VIEWER = 'read-only-user@kyma.cx'

describe('in a cluster', { timeout: 120_000 }, () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
    await makeSharedObjects(cells, world.observer)
  }, 900_000)
  afterAll(() => world?.[Symbol.asyncDispose](), 120_000)

  const proxies = () => replicasOf(world, 'apiserver-proxy')
  const load = async () =>
    startLoad({
      url: `${world.urls.apiserverProxy}/api/v1/namespaces/demo/configmaps/hello`,
      authority: world.authority,
      token: await world.idToken(ADMIN),
      clients: 4,
    })

  test('every replica runs, on a level that takes nothing less restricted', async () => {
    const deployments = await world.list('deployments')
    const ready = Object.fromEntries(
      deployments.map(({ metadata, ['status']: { readyReplicas } }) => [metadata.name, readyReplicas]),
    )
    expect(ready).toEqual({
      [`${FULLNAME}-apiserver-proxy`]: 3,
      [`${FULLNAME}-console`]: 2,
      [`${FULLNAME}-dex`]: 2,
      [`${FULLNAME}-ingress-gateway`]: 2,
      [`${FULLNAME}-kubeconfig-generator`]: 2,
      [`${FULLNAME}-permission-controller`]: 1,
    })
    const privileged = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'privileged' },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    })
    await expect(world.kubectl(['create', '--dry-run=server', '-f', '-'], privileged)).rejects.toThrow(
      'violates PodSecurity "restricted',
    )
  })

  testPathA(() => world)
  testKubeconfigAccess(() => world)
  testGrowingLog(() => world)
  testLoadBalancer(() => world)

  testPeople(() => ({
    provider: 'in-cluster',
    stack: world.workplace,
    observer: world.observer,
    [Symbol.asyncDispose]: async () => undefined,
  }))

  testUpgrades(() => ({ stack: world.workplace, observer: world.observer }))

  testClusterFiles(() => world)

  test(
    'the default conformance spec has the verdicts that it has on embedded',
    { timeout: 600_000 },
    async () => {
      const here = await checkInCluster(world)
      expect(here).toMatchObject({ complete: true, missing: [], disagreements: [] })
      expect(here.cells.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
      expect(here.cells.filter(({ actual }) => actual.evidence.audited !== true)).toEqual([])
      const there = Object.entries(await embeddedAnswers())
      const byTheProxy = there.filter(([question]) => question.startsWith('proxy '))
      expect(byTheProxy.length).toBeGreaterThan(3000)
      expect(answersIn(here.cells)).toEqual(Object.fromEntries(byTheProxy))
    },
  )

  test('a rolling update under load loses no request', { timeout: 300_000 }, async () => {
    const before = await proxies()
    const { stop } = await load()
    const startedAt = performance.now()
    await world.kubectl(['rollout', 'restart', `deployment/${FULLNAME}-apiserver-proxy`])
    await world.kubectl(['rollout', 'status', `deployment/${FULLNAME}-apiserver-proxy`, '--timeout=240s'])
    const names = before.map(({ metadata }) => `pod/${metadata.name}`)
    // Until the last one has handed over, and ended.
    await world.kubectl(['wait', '--for=delete', '--timeout=120s', ...names])
    const seconds = (performance.now() - startedAt) / 1000
    const { answered, connections, failures } = await stop()
    console.log(
      `rolling update: ${JSON.stringify({ seconds, answered, connections, failures: failures.length })}`,
    )
    expect(failures).toEqual([])
    expect(answered['keep-alive']).toBeGreaterThan(100)
    expect(answered.new).toBeGreaterThan(100)
    // Whoever kept a connection was sent elsewhere at least once.
    expect(connections['keep-alive']).toBeGreaterThan(4)
    const after = await proxies()
    expect(after.map(({ metadata }) => metadata.name)).not.toContain(before[0]!.metadata.name)
  })

  test('once a killed replica is out of the endpoints, no request fails', { timeout: 300_000 }, async () => {
    const [victim] = await proxies()
    const address = (victim as KubernetesObject & { status: { podIP: string } }).status.podIP
    const { report, stop } = await load()
    await vi.waitUntil(() => report.answered.new > 50 && report.answered['keep-alive'] > 50, {
      timeout: 60_000,
    })
    await world.kubectl(['delete', 'pod', victim!.metadata.name, '--force', '--grace-period=0'])
    await vi.waitUntil(async () => !(await isRouted(address)), { timeout: 60_000, interval: 250 })
    const removedAt = Date.now()
    const { new: fresh, 'keep-alive': kept } = { ...report.answered }
    await vi.waitUntil(
      () => report.answered.new > fresh + 200 && report.answered['keep-alive'] > kept + 200,
      {
        timeout: 60_000,
      },
    )
    const { answered, failures } = await stop()
    const later = failures.filter(({ startedAt }) => startedAt > removedAt)
    console.log(
      `killed replica: ${JSON.stringify({ answered, failures: failures.length, later: later.length })}`,
    )
    expect(later).toEqual([])
    await world.kubectl(['rollout', 'status', `deployment/${FULLNAME}-apiserver-proxy`, '--timeout=120s'])
  })

  /** Whether the node still sends anybody to the pod: what kube-proxy has made of the EndpointSlices. */
  async function isRouted(address: string): Promise<boolean> {
    const node = `${world.cluster.kindName}-control-plane`
    const { stdout } = await execa('docker', ['exec', node, 'iptables-save', '-t', 'nat'])
    return stdout.includes(`--to-destination ${address}:`)
  }

  test('what is revoked is revoked at every replica, and streams end', async () => {
    const viewer = await world.workplace.terminalOf(VIEWER)
    const watch = viewer.start('get', 'configmaps', '-n', 'demo', '--watch')
    await once(watch.stdout!, 'data')
    const revocations = JSON.stringify({ revocations: [{ user: VIEWER }] })
    const patch = JSON.stringify({ data: { 'revocations.yaml': revocations } })
    await world.kubectl(['patch', 'configmap', `${FULLNAME}-revocations`, '--type=merge', '-p', patch])
    expect(await proxies()).toHaveLength(3)
    await untilTaken(world, 'apiserver-proxy', 'the changed list of revocations is in use')
    if (watch.exitCode === null) await once(watch, 'exit')
    const again = await Promise.all(
      Array.from({ length: 10 }, () => viewer.kubectl('get', 'configmaps', '-n', 'demo')),
    )
    for (const { stderr } of again) expect(stderr).toMatch(/You must be logged in|Unauthorized/)
    const developer = await world.workplace.terminalOf('developer@kyma.cx')
    expect(await developer.kubectl('get', 'configmaps', '-n', 'demo')).toMatchObject({ exitCode: 0 })
  }, 180_000)

  test('a limit is one for all replicas together', async () => {
    const token = await world.idToken('namespace.admin@kyma.cx')
    const startedAt = performance.now()
    const codes = await Promise.all(
      Array.from({ length: 3 * FILES_PER_MINUTE }, () => download(world, token).then(({ status }) => status)),
    )
    const refilled = Math.ceil(((performance.now() - startedAt) / 60_000) * FILES_PER_MINUTE)
    const answered = codes.filter((code) => code === 200).length
    expect(answered).toBeGreaterThan(0)
    expect(answered).toBeLessThanOrEqual(FILES_PER_MINUTE + refilled)
    expect(new Set(codes)).toEqual(new Set([200, 429]))
  })

  // Last, since nothing is there afterwards.
  test('what is uninstalled is gone, with what dex kept', async () => {
    const kept = async () =>
      (await world.list('secrets')).filter(({ metadata }) => metadata.name.startsWith('dex-'))
    expect((await kept()).length).toBeGreaterThan(0)
    await world.helm.uninstall('--wait')
    const kinds = 'all,secrets,configmaps,serviceaccounts,roles,rolebindings,networkpolicies,endpointslices'
    const left = async () =>
      (await world.list(kinds)).map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()
    await expect
      .poll(left, { timeout: 90_000 })
      // What others have put there stays.
      .toEqual(['ConfigMap kube-root-ca.crt', `Secret ${ELSEWHERE}`, 'ServiceAccount default'])
    const wide = await world.kubectl(['get', 'clusterroles,clusterrolebindings,flowschemas', '-o', 'name'])
    expect(wide).not.toContain(`${NAMESPACE}-${FULLNAME}`)
  })
})
