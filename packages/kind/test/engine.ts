import { resolveBinaries } from '@gatehouse/binaries'
import { execa } from 'execa'
import type { Kind, KindConfiguration } from '../src/index.ts'

/** The node image that these tests use: one that is in the engine already, so that nothing is pulled. */
export const nodeImage = process.env['GATEHOUSE_NODE_IMAGE'] ?? 'gatehouse/node:v1.37.2'

/** The real kind. */
export async function realKind(env: Kind['env'] = process.env): Promise<Kind> {
  const signal = new AbortController().signal
  const { kind } = await resolveBinaries(['kind'], { env: process.env, signal })
  return { path: kind.path, env }
}

/** Why nothing that needs containers can be tested here; undefined when it can. */
export async function whyNoEngine(): Promise<string | undefined> {
  const info = await execa('docker', ['info', '--format', '{{.ServerVersion}}'], { reject: false })
  if (info.failed || info.stdout === '') return 'no Docker engine answers `docker info`'
  const image = await execa('docker', ['image', 'inspect', nodeImage], { reject: false })
  return image.failed
    ? `the engine has no image ${nodeImage} (scripts/node-image makes it; GATEHOUSE_NODE_IMAGE names another)`
    : undefined
}

const kubelet = 'kind: KubeletConfiguration\nfailCgroupV1: false\n'

/** Lets a node run where cgroups are of version 1 or CAP_SYS_RESOURCE is missing; changes nothing elsewhere. */
export const configuration: KindConfiguration = {
  nodes: [{ kubeadmConfigPatches: [kubelet] }],
  containerdConfigPatches: ['[plugins."io.containerd.grpc.v1.cri"]\n  restrict_oom_score_adj = true\n'],
}

/** The same with a node that can't get Ready, since it has no network plugin; so kubeadm leaves out what pods need. */
export const withoutNetwork = (emptyDirectory: string): KindConfiguration => ({
  ...configuration,
  nodes: [
    {
      extraMounts: [{ hostPath: emptyDirectory, containerPath: '/etc/cni/net.d' }],
      kubeadmConfigPatches: [
        `${kubelet}registerWithTaints: []\n`,
        'kind: InitConfiguration\nskipPhases: [preflight, addon]\n',
      ],
    },
  ],
})

/** The containers and volumes that the engine has, in any state. */
export async function engineState(): Promise<{ containers: string[]; volumes: string[] }> {
  const [containers, volumes] = await Promise.all([
    execa({ lines: true })('docker', ['ps', '--all', '--format', '{{.Names}}']),
    execa({ lines: true })('docker', ['volume', 'ls', '--quiet']),
  ])
  return { containers: containers.stdout.toSorted(), volumes: volumes.stdout.toSorted() }
}

/** The names of the images in a node. */
export async function imagesInNode(node: string): Promise<string> {
  const { stdout } = await execa('docker', [
    'exec',
    node,
    'ctr',
    '--namespace=k8s.io',
    'images',
    'ls',
    '--quiet',
  ])
  return stdout
}

const settings = [
  'vm.overcommit_memory',
  'kernel.panic',
  'kernel.panic_on_oops',
  'fs.file-max',
  'fs.nr_open',
  ...['fifos', 'hardlinks', 'regular', 'symlinks'].map((what) => `fs.protected_${what}`),
]

/** A node changes settings of the whole machine; disposing this puts them back. */
export async function keepKernelSettings(): Promise<AsyncDisposable> {
  const { stdout } = await execa('sysctl', ['-e', ...settings], { reject: false })
  const before = stdout.split('\n').map((line) => line.replace(' = ', '='))
  return {
    [Symbol.asyncDispose]: async () => {
      await execa('sysctl', ['-q', '-w', ...before], { reject: false })
    },
  }
}
