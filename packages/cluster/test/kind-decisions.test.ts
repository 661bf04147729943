import { parseKindConfiguration } from '@gatehouse/kind'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { kindConfigurationOf } from '../src/kind/configuration.ts'
import { fingerprintOf } from '../src/kind/created.ts'
import { assertVersion, inotifyObstacle, parseHost } from '../src/kind/host.ts'
import { engineEnvironment } from '../src/kind/keeper.ts'
import { engineName, layoutOf } from '../src/kind/layout.ts'
import { assertLocal } from '../src/kind/local-address.ts'

const usual = { cgroupVersion: 2, hasSysResource: true } as const
const layout = layoutOf('/state')
const apiserver = { host: '127.0.0.1', port: 6443, extraNames: ['apiserver.example.org', '127.0.0.1'] }

function patchesOf(host: { cgroupVersion: 1 | 2; hasSysResource: boolean }) {
  const configuration = parseKindConfiguration(
    kindConfigurationOf({ layout, apiserver, portMappings: [], host }),
  )
  const kubeadm = configuration.nodes?.[0]?.kubeadmConfigPatches ?? []
  return {
    configuration,
    kubeadm: kubeadm.map((patch) => parse(patch) as Record<string, unknown>),
    containerd: configuration.containerdConfigPatches ?? [],
  }
}

test('on a usual host nothing is configured for unusual ones', () => {
  const { kubeadm, containerd } = patchesOf(usual)
  expect(kubeadm.map(({ kind }) => kind)).toEqual(['ClusterConfiguration'])
  expect(containerd.join()).not.toContain('oom')
})

test('a node spends little on what a cluster of the harness does not need', () => {
  const { kubeadm, containerd } = patchesOf(usual)
  const extraEnvs = [{ name: 'GOGC', value: '400' }]
  expect(kubeadm[0]).toMatchObject({
    apiServer: { extraEnvs },
    etcd: { local: { extraArgs: [{ name: 'unsafe-no-fsync', value: 'true' }], extraEnvs } },
  })
  expect(containerd.join()).toContain('stats_collect_period = "10s"')
})

test('cgroup v1 and a missing CAP_SYS_RESOURCE are each met on their own', () => {
  const oldCgroup = patchesOf({ ...usual, cgroupVersion: 1 })
  expect(oldCgroup.kubeadm).toContainEqual({ kind: 'KubeletConfiguration', failCgroupV1: false })
  expect(oldCgroup.containerd).toEqual(patchesOf(usual).containerd)
  const fewerRights = patchesOf({ ...usual, hasSysResource: false })
  expect(fewerRights.kubeadm).toHaveLength(1)
  expect(fewerRights.containerd.join()).toContain('restrict_oom_score_adj = true')
})

test('the API server has our files, names and port', () => {
  const { configuration, kubeadm } = patchesOf(usual)
  expect(configuration.networking).toEqual({ apiServerAddress: '127.0.0.1', apiServerPort: 6443 })
  expect(kubeadm[0]).toMatchObject({
    apiServer: { certSANs: ['localhost', '127.0.0.1', 'apiserver.example.org'] },
  })
  const mounts = configuration.nodes?.[0]?.extraMounts ?? []
  const writable = mounts.filter(({ readOnly }) => readOnly !== true)
  expect(writable.map(({ hostPath }) => hostPath)).toEqual([layout.audit])
})

test('a wildcard address is no name of a certificate', () => {
  const host = { ...apiserver, host: '0.0.0.0', extraNames: [] }
  const { nodes } = kindConfigurationOf({ layout, apiserver: host, portMappings: [], host: usual })
  expect(nodes?.[0]?.kubeadmConfigPatches?.join()).not.toContain('0.0.0.0')
})

test('ports of the node are open on loopback, unless another address is named', () => {
  const portMappings = [
    { containerPort: 30080, hostPort: 8080 },
    { containerPort: 30443, hostPort: 8443, listenAddress: '0.0.0.0' },
  ]
  const { nodes } = kindConfigurationOf({ layout, apiserver, portMappings, host: usual })
  expect(nodes?.[0]?.extraPortMappings).toEqual([
    { containerPort: 30080, hostPort: 8080, listenAddress: '127.0.0.1' },
    { containerPort: 30443, hostPort: 8443, listenAddress: '0.0.0.0' },
  ])
})

test('a gateway that is no address of this machine is told, before an issuer fails to listen there', async () => {
  await expect(assertLocal('127.0.0.1')).resolves.toBeUndefined()
  // Of the block for documentation (RFC 5737).
  await expect(assertLocal('192.0.2.1')).rejects.toMatchObject({
    code: 'ERR_ENGINE',
    message: expect.stringContaining('192.0.2.1 is no address'),
  })
})

const facts = 'CapBnd:\t000001ffffffffff\n/proc/sys/vm/overcommit_memory:0\n/proc/sys/kernel/panic:-1\n'

test.each([
  ['1', facts, { cgroupVersion: 1, hasSysResource: true }],
  ['2\n', facts, { cgroupVersion: 2, hasSysResource: true }],
  ['2', 'CapBnd:\t000001fffeffffff\n', { cgroupVersion: 2, hasSysResource: false }],
  ['2', '', { hasSysResource: false }],
])('an engine with cgroups %j whose machine says %j is read', (cgroupVersion, output, expected) => {
  expect(parseHost(cgroupVersion, output)).toMatchObject(expected)
})

test("the kernel's settings are read, to be put back", () => {
  expect(parseHost('2', facts).kernelSettings).toEqual({
    'vm.overcommit_memory': '0',
    'kernel.panic': '-1',
  })
})

test('a limit of inotify instances that is low for nodes is told with the way out', () => {
  const limit = (value: string) => parseHost('2', `/proc/sys/fs/inotify/max_user_instances:${value}\n`)
  expect(limit('128').kernelSettings).toEqual({})
  expect(inotifyObstacle(limit('128').inotifyInstances)).toEqual({
    problem: expect.stringContaining('128'),
    remedy: 'sudo sysctl fs.inotify.max_user_instances=512',
  })
  expect(inotifyObstacle(limit('8192').inotifyInstances)).toBeUndefined()
  expect(inotifyObstacle(parseHost('2', '').inotifyInstances)).toBeUndefined()
})

test.each(['19.03.15', '20.9.0', '1.13.1', ''])('an engine %j is too old', (version) => {
  expect(() => assertVersion(version)).toThrow(/too old.*20\.10/)
})

test.each(['20.10.24+dfsg1', '23.0.1', '28.2.2'])('an engine %j is new enough', (version) => {
  expect(() => assertVersion(version)).not.toThrow()
})

test('the name in the engine tells stacks of the same name apart, and fits a host name', () => {
  expect(engineName('local', '/a')).not.toBe(engineName('local', '/b'))
  expect(engineName('local', '/a')).toBe(engineName('local', '/a'))
  expect(engineName('x'.repeat(19) + '-y', '/a')).toMatch(/^gatehouse-x{19}-[0-9a-f]{8}$/)
  expect(`${engineName('x'.repeat(63), '/a')}-control-plane`.length).toBeLessThanOrEqual(63)
})

test('a cluster fits only what it was made from', () => {
  const { configuration } = patchesOf(usual)
  expect(fingerprintOf({ configuration, image: 'a' })).toBe(fingerprintOf({ configuration, image: 'a' }))
  expect(fingerprintOf({ configuration, image: 'a' })).not.toBe(fingerprintOf({ configuration, image: 'b' }))
})

test("what outlives this process gets docker's part of the environment alone", () => {
  const env = { PATH: '/bin', HOME: '/root', DOCKER_HOST: 'tcp://h', PASSWORD: 'hunter2', KUBECONFIG: '/k' }
  expect(engineEnvironment(env)).toEqual({ PATH: '/bin', HOME: '/root', DOCKER_HOST: 'tcp://h' })
})
