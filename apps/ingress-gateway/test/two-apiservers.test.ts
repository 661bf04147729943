import { embeddedProvider } from '@gatehouse/cluster'
import { kubectlOutput, startTestCluster, type TestCluster } from '@gatehouse/cluster/test-cluster'
import getPort from 'get-port'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openWorkshop, type RunningGateway, startGateway } from './gateway.ts'

/** A name in the certificates of both API servers. */
const HOST = 'kubernetes.default.svc'

let running: TestCluster
let gateway: RunningGateway
beforeAll(async () => {
  const replicaPort = await getPort({ host: '127.0.0.1' })
  running = await startTestCluster(embeddedProvider({ exec: 'off', apiserverReplicaPorts: [replicaPort] }))
  const ports = [running.port, replicaPort]
  await using workshop = await openWorkshop()
  gateway = await startGateway({
    hosts: [
      {
        host: 'dex.test',
        tls: await workshop.serverPair('dex.test'),
        upstream: { service: 'dex', url: 'http://127.0.0.1:1' },
      },
      {
        host: HOST,
        passthrough: {
          service: 'kube-apiserver',
          endpoints: ports.map((port) => ({ port })),
          healthCheck: { intervalSeconds: 0.2, timeoutSeconds: 2, path: '/readyz' },
        },
      },
    ],
  })
}, 600_000)
afterAll(async () => {
  await gateway?.drain()
  await running?.[Symbol.asyncDispose]()
})

/** The administrator, by a client certificate that the API servers check themselves. */
function kubectl(...args: string[]): Promise<string> {
  const through = [`--server=https://127.0.0.1:${gateway.port}`, `--tls-server-name=${HOST}`]
  return kubectlOutput(running, [...through, ...args], { timeoutMs: 30_000 })
}

const pidOf = (name: string) => running.supervisor.states().find((process) => process.name === name)!.pid!
const said = (message: string) => gateway.log.filter(({ msg }) => String(msg).startsWith(message))
const servers = () => new Set(said('passthrough').map(({ endpoint }) => endpoint))

test('both API servers behind one address are one cluster', async () => {
  await kubectl('create', 'configmap', 'written')
  // Each command is a connection of its own, so the one that reads is not the one that wrote.
  for (let turn = 0; turn < 2; turn += 1)
    expect(await kubectl('get', 'configmap', 'written', '-o', 'name')).toBe('configmap/written')
  await expect.poll(() => servers().size).toBe(2)
})

test('one that is killed is passed over until it is ready again, not only until it shakes hands', async () => {
  process.kill(pidOf('kube-apiserver-2'), 'SIGKILL')
  await expect.poll(() => said('an endpoint is down; the others serve')).toHaveLength(1)
  // It starts at once, and refuses everybody before it knows who may do what.
  const servesUntilBothAreUp = async () => {
    await kubectl('get', 'configmaps')
    return said('an endpoint is up again').length === 1
  }
  await vi.waitUntil(servesUntilBothAreUp, { timeout: 100_000, interval: 150 })
  for (let turn = 0; turn < 2; turn += 1) await kubectl('get', 'configmaps')
}, 120_000)

test('one that hangs with its port open is passed over, too', async () => {
  const pid = pidOf('kube-apiserver')
  process.kill(pid, 'SIGSTOP')
  try {
    await expect
      .poll(() => said('an endpoint is down; the others serve'))
      .toContainEqual(expect.objectContaining({ reason: 'no answer to GET /readyz within 2 s' }))
    for (let turn = 0; turn < 4; turn += 1) await kubectl('get', 'configmaps')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await expect.poll(() => said('an endpoint is up again')).toHaveLength(2)
}, 120_000)
