import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { modulesDirectory } from '@gatehouse/binaries/go'
import { versions } from '@gatehouse/binaries'

/** Executables that come from one Go module, built together. */
export interface Component {
  readonly name: string
  /** Has the go.mod and go.sum that pin it. */
  readonly directory: string
  readonly version: string
  readonly packages: readonly string[]
  readonly ldflags: string
  readonly tags?: readonly string[]
  /** Whether a C compiler is needed. */
  readonly cgo?: boolean
}

const [major, minor] = versions.kubernetes.slice(1).split('.')
const componentVersion = 'k8s.io/component-base/version'

/** kubelet, kubeadm and kube-proxy, from the same modules as the control plane. */
const kubernetes: Component = {
  name: 'kubernetes',
  directory: join(modulesDirectory, 'kubernetes'),
  version: versions.kubernetes,
  packages: ['kubelet', 'kubeadm', 'kube-proxy'].map((name) => `k8s.io/kubernetes/cmd/${name}`),
  ldflags: [
    '-s -w',
    `-X ${componentVersion}.gitVersion=${versions.kubernetes}`,
    `-X ${componentVersion}.gitMajor=${major}`,
    `-X ${componentVersion}.gitMinor=${minor}`,
  ].join(' '),
}

const containerd = pinned('containerd', 'github.com/containerd/containerd/v2', (version) => ({
  packages: ['cmd/containerd', 'cmd/containerd-shim-runc-v2', 'cmd/ctr'],
  ldflags: `-s -w -X github.com/containerd/containerd/v2/version.Version=${version}`,
  // As in kind's own image: snapshotters that nothing here uses.
  tags: ['no_aufs', 'no_zfs', 'no_btrfs', 'no_devmapper'],
}))

const runc = pinned('runc', 'github.com/opencontainers/runc', (version) => ({
  packages: [''],
  ldflags: `-s -w -linkmode external -extldflags -static -X main.version=${version.slice(1)}`,
  tags: ['seccomp', 'netgo', 'osusergo'],
  cgo: true,
}))

const cniPlugins = pinned('cni-plugins', 'github.com/containernetworking/plugins', () => ({
  packages: ['ipam/host-local', 'main/bridge', 'main/loopback', 'main/ptp', 'meta/portmap'].map(
    (plugin) => `plugins/${plugin}`,
  ),
  ldflags: '-s -w',
}))

/** `kind export logs` runs it on the node. */
const criTools = pinned('cri-tools', 'sigs.k8s.io/cri-tools', (version) => ({
  packages: ['cmd/crictl'],
  ldflags: `-s -w -X sigs.k8s.io/cri-tools/pkg/version.Version=${version}`,
}))

const coredns = pinned('coredns', 'github.com/coredns/coredns', () => ({
  packages: [''],
  ldflags: '-s -w',
}))

const localPathProvisioner = pinned(
  'local-path-provisioner',
  'github.com/rancher/local-path-provisioner',
  (version) => ({ packages: [''], ldflags: `-s -w -X main.VERSION=${version}` }),
)

/** Everything that is built for the node, besides the control plane of packages/binaries. */
export const components = {
  kubernetes,
  containerd,
  runc,
  cniPlugins,
  criTools,
  coredns,
  localPathProvisioner,
} as const satisfies Record<string, Component>

/** A component whose module is in `modules/` here, with packages below `module`. */
function pinned(
  name: string,
  module: string,
  build: (version: string) => Omit<Component, 'name' | 'directory' | 'version'>,
): Component {
  const directory = join(import.meta.dirname, 'modules', name)
  const version = pinnedVersion(readFileSync(join(directory, 'go.mod'), 'utf8'), module)
  const { packages, ...rest } = build(version)
  return {
    name,
    directory,
    version,
    packages: packages.map((path) => (path === '' ? module : `${module}/${path}`)),
    ...rest,
  }
}

/** The version of `module` in the text of a go.mod. Pure. */
export function pinnedVersion(goMod: string, module: string): string {
  const line = goMod
    .split('\n')
    .map((text) => text.trim().replace(/^require /, ''))
    .find((text) => text.startsWith(`${module} v`))
  const version = line?.split(' ')[1]
  if (version === undefined) throw new Error(`the go.mod of ${module} does not require it`)
  return version
}
