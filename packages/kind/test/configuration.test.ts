import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { type KindConfiguration, parseKindConfiguration, stringifyKindConfiguration } from '../src/index.ts'
import { problemsOf } from './problems.ts'

test('a configuration is completed with its kind and apiVersion', () => {
  expect(parseKindConfiguration({ nodes: [{ role: 'control-plane' }, { role: 'worker' }] })).toEqual({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    nodes: [{ role: 'control-plane' }, { role: 'worker' }],
  })
})

test('a configuration becomes YAML that reads as the same document, patches included', () => {
  const patch = 'kind: KubeletConfiguration\nfailCgroupV1: false\n'
  const document: KindConfiguration = {
    name: 'one',
    nodes: [
      {
        extraMounts: [{ hostPath: '/a', containerPath: '/b', readOnly: true }],
        extraPortMappings: [{ containerPort: 30_080, hostPort: 8080, listenAddress: '127.0.0.1' }],
        kubeadmConfigPatches: [patch],
      },
    ],
    networking: { apiServerAddress: '127.0.0.1', apiServerPort: 6443, dnsSearch: [] },
    featureGates: { SomeGate: true },
  }
  expect(parse(stringifyKindConfiguration(document))).toEqual(parseKindConfiguration(document))
})

const first = { containerPort: 1, hostPort: 80 }
const dual = '10.244.0.0/16,fd00:10:244::/56'

test.each<[string, unknown, readonly string[]]>([
  ['a field that kind does not know', { nodes: [{ extraMount: [] }] }, ['nodes[0]']],
  ['a name in capitals', { name: 'Cluster' }, ['name']],
  ['another kind', { kind: 'Node' }, ['kind']],
  ['another version', { apiVersion: 'kind.x-k8s.io/v1alpha3' }, ['apiVersion']],
  ['no control plane', { nodes: [{ role: 'worker' }] }, ['nodes']],
  ['an unknown role', { nodes: [{ role: 'etcd' }] }, ['nodes[0].role']],
  ['a port above 65535', { networking: { apiServerPort: 65_536 } }, ['networking.apiServerPort']],
  ['a port below -1', { networking: { apiServerPort: -2 } }, ['networking.apiServerPort']],
  [
    'a host name as address',
    { networking: { apiServerAddress: 'localhost' } },
    ['networking.apiServerAddress'],
  ],
  ['a subnet without bits', { networking: { podSubnet: '10.0.0.0' } }, ['networking.podSubnet']],
  ['a subnet with 33 bits', { networking: { podSubnet: '10.0.0.0/33' } }, ['networking.podSubnet']],
  [
    'an IPv6 subnet in an IPv4 cluster',
    { networking: { serviceSubnet: 'fd00::/112' } },
    ['networking.serviceSubnet'],
  ],
  ['two subnets in an IPv4 cluster', { networking: { podSubnet: dual } }, ['networking.podSubnet']],
  [
    'two IPv4 subnets in a dual-stack cluster',
    { networking: { ipFamily: 'dual', podSubnet: '10.0.0.0/16,10.1.0.0/16' } },
    ['networking.podSubnet'],
  ],
  [
    'a relative mount',
    { nodes: [{ extraMounts: [{ hostPath: 'a', containerPath: 'b' }] }] },
    ['nodes[0].extraMounts[0].containerPath'],
  ],
  ['a patch that is no YAML', { kubeadmConfigPatches: ['a: [b'] }, ['kubeadmConfigPatches[0]']],
  [
    'a patch without a kind',
    { nodes: [{ kubeadmConfigPatches: ['a: b'] }] },
    ['nodes[0].kubeadmConfigPatches[0]'],
  ],
  [
    'a port that is mapped twice',
    { nodes: [{ extraPortMappings: [first, first] }] },
    ['nodes[0].extraPortMappings[1]'],
  ],
  [
    'a port that two nodes want',
    {
      nodes: [
        { extraPortMappings: [first] },
        { extraPortMappings: [{ ...first, listenAddress: '127.0.0.1' }] },
      ],
    },
    ['nodes[1].extraPortMappings[0]'],
  ],
  [
    'several things',
    { name: '', networking: { ipFamily: 'ipv5' }, nodes: [{ image: '' }] },
    ['name', 'nodes[0].image', 'networking.ipFamily'],
  ],
])('%s is refused, with its path', (_, document, paths) => {
  const problems = problemsOf(() => parseKindConfiguration(document))
  expect(problems.map(({ path }) => path)).toEqual(paths)
})

test.each<[string, KindConfiguration]>([
  [
    'port 0 and -1, which mean any',
    {
      networking: { apiServerPort: -1 },
      nodes: [
        {
          extraPortMappings: [
            { containerPort: 1, hostPort: 0 },
            { containerPort: 2, hostPort: 0 },
          ],
        },
      ],
    },
  ],
  ['one port for TCP and UDP', { nodes: [{ extraPortMappings: [first, { ...first, protocol: 'UDP' }] }] }],
  [
    'one port on two addresses',
    {
      nodes: [
        {
          extraPortMappings: [
            { ...first, listenAddress: '127.0.0.1' },
            { ...first, listenAddress: '127.0.0.2' },
          ],
        },
      ],
    },
  ],
  ['two subnets in a dual-stack cluster', { networking: { ipFamily: 'dual', podSubnet: dual } }],
  ['an empty document', {}],
])('%s is taken', (_, document) => {
  expect(parseKindConfiguration(document)).toMatchObject(document)
})
