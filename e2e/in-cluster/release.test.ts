import type { Cluster } from '@gatehouse/cluster'
import { kubectlOutput, startTestCluster, type TestCluster } from '@gatehouse/cluster/test-cluster'
import { project } from '@gatehouse/personas'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { find, FULLNAME, type Helm, type KubernetesObject, NAMESPACE, openHelm } from './helm.ts'

/** Everything that the chart can make, but what needs definitions that a plain cluster lacks. */
const autoscaling = { enabled: true, minReplicas: 2, maxReplicas: 3, targetCPUUtilizationPercentage: 50 }
const everything = {
  dex: { autoscaling },
  apiserverProxy: { autoscaling, serviceAccounts: true },
  permissionController: { enabled: true, bindings: [{ name: 'viewers', group: 'g', clusterRole: 'view' }] },
  kubeconfigGenerator: {
    catalogue: {
      enabled: true,
      projects: [project],
      cluster: { server: 'https://192.0.2.1:6443', credentials: { enabled: true } },
    },
  },
  networkPolicies: {
    operationsFrom: [{ namespaceSelector: {} }],
    dexFrom: [{ ipBlock: { cidr: '192.0.2.0/24' } }],
  },
  gateway: {
    service: {
      type: 'LoadBalancer',
      loadBalancerClass: 'example.org/internal',
      loadBalancerSourceRanges: ['192.0.2.0/24'],
      externalTrafficPolicy: 'Local',
    },
  },
}

let running: TestCluster
let cluster: Cluster
let helm: Helm
beforeAll(async () => {
  running = await startTestCluster()
  cluster = running.cluster
  helm = await openHelm(running.home, cluster.adminKubeconfig)
  await kubectl(['create', 'namespace', NAMESPACE])
  await kubectl(['label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted'])
}, 600_000)
afterAll(() => running?.[Symbol.asyncDispose]())

function kubectl(args: readonly string[], input = ''): Promise<string> {
  return kubectlOutput(running, ['--namespace', NAMESPACE, ...args], { input })
}

async function inCluster(kind: string): Promise<KubernetesObject[]> {
  return (JSON.parse(await kubectl(['get', kind, '-o', 'json'])) as { items: KubernetesObject[] }).items
}

test('the API server takes every object, to the letter of its schema', async () => {
  const objects = await helm.template(everything)
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  const taken = await kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], list)
  expect(taken.split('\n')).toHaveLength(objects.length)
  for (const kind of ['HorizontalPodAutoscaler', 'NetworkPolicy', 'PodDisruptionBudget', 'FlowSchema'])
    expect(objects.map((object) => object.kind)).toContain(kind)
})

test('the restricted Pod Security level lets every pod in', async () => {
  const deployments = (await helm.template(everything)).filter(({ kind }) => kind === 'Deployment')
  expect(deployments).toHaveLength(6)
  await kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: deployments.map(({ spec }) => ({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: spec.template.spec.serviceAccountName },
      })),
    }),
  )
  for (const { metadata, spec } of deployments) {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: metadata.name }, spec: spec.template.spec }
    await kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(pod))
    // So it is this level that looks: with one promise taken back, it refuses.
    const root = {
      ...pod,
      spec: { ...pod.spec, securityContext: { ...pod.spec.securityContext, runAsNonRoot: false } },
    }
    await expect(kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(root))).rejects.toThrow(
      /violates PodSecurity "restricted/,
    )
  }
  await kubectl(['delete', 'serviceaccounts', '--all'])
})

test('an upgrade keeps certificates and revocations; another domain has new ones of the same authority', async () => {
  const snapshot = async () => {
    const secrets = (await inCluster('secrets')).filter(({ type }) => type === 'kubernetes.io/tls')
    return Object.fromEntries(secrets.map(({ metadata, data }) => [metadata.name, data['tls.crt'] as string]))
  }
  const revoked = async () => find(await inCluster('configmaps'), 'ConfigMap', 'revocations')['data']
  await helm.install({})
  const first = await snapshot()
  expect(Object.keys(first)).toHaveLength(8)
  const entry = 'revocations: [{ user: jane@example.com }]\n'
  const patch = JSON.stringify({ data: { 'revocations.yaml': entry } })
  await kubectl(['patch', 'configmap', `${FULLNAME}-revocations`, '--type=merge', '-p', patch])

  await helm.upgrade({ console: { replicas: 3 } })
  expect(await snapshot()).toEqual(first)
  expect(await revoked()).toEqual({ 'revocations.yaml': entry })

  await helm.upgrade({ domain: 'example.org' })
  const moved = await snapshot()
  const changed = Object.keys(first).filter((name) => moved[name] !== first[name])
  expect(changed.toSorted()).toEqual([
    `${FULLNAME}-apiserver-proxy-tls`,
    `${FULLNAME}-gateway-console-tls`,
    `${FULLNAME}-gateway-dex-tls`,
    `${FULLNAME}-gateway-kubeconfig-generator-tls`,
  ])
  expect(await revoked()).toEqual({ 'revocations.yaml': entry })
}, 120_000)

test('a certificate that is due is made anew at the next upgrade', async () => {
  const name = `${FULLNAME}-dex-tls`
  const read = async () =>
    find(await inCluster('secrets'), 'Secret', 'gatehouse-dex-tls')['data']['tls.crt'] as string
  const before = await read()
  await kubectl(['annotate', 'secret', name, '--overwrite', 'gatehouse.localhost/renew-after=1'])
  // The annotation is another's now; helm takes what is the chart's back.
  await helm.upgrade({ domain: 'example.org' }, '--force-conflicts')
  expect(await read()).not.toBe(before)
}, 60_000)

test('what is uninstalled is gone', async () => {
  await helm.uninstall('--wait')
  const kinds =
    'all,secrets,configmaps,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets'
  await expect
    .poll(
      async () => (await inCluster(kinds)).map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted(),
      {
        timeout: 60_000,
      },
    )
    .toEqual(['ConfigMap kube-root-ca.crt', 'ServiceAccount default'])
  const wide = await kubectl(['get', 'clusterroles,clusterrolebindings,flowschemas', '-o', 'name'])
  expect(wide).not.toContain(FULLNAME)
}, 120_000)
