import type { Platform } from './platform.ts'
import { type Product, versions } from './versions.ts'

/** What a release publishes for one platform: a bare executable, or an archive with the executable in it. */
interface Artifact {
  /** Below the product's download URL. */
  readonly path: string
  /** The executable's path in the archive (.tar.gz); absent for a bare executable. */
  readonly member?: string
}

/** Where a product's releases are published. */
interface Releases {
  readonly url: string
  /** The environment variable that names a mirror with the same paths. */
  readonly urlVariable: string
  /** The path of the published sum of the artifact at `path`; undefined where none is published. */
  readonly checksumPath: (path: string) => string | undefined
}

export const releases: Readonly<Record<Product, Releases>> = {
  kubernetes: {
    url: 'https://dl.k8s.io/release',
    urlVariable: 'GATEHOUSE_KUBERNETES_URL',
    checksumPath: (path) => `${path}.sha256`,
  },
  etcd: {
    url: 'https://github.com/etcd-io/etcd/releases/download',
    urlVariable: 'GATEHOUSE_ETCD_URL',
    checksumPath: () => `${versions.etcd}/SHA256SUMS`,
  },
  kwok: {
    url: 'https://github.com/kubernetes-sigs/kwok/releases/download',
    urlVariable: 'GATEHOUSE_KWOK_URL',
    checksumPath: () => undefined,
  },
  kind: {
    url: 'https://github.com/kubernetes-sigs/kind/releases/download',
    urlVariable: 'GATEHOUSE_KIND_URL',
    checksumPath: (path) => `${path}.sha256sum`,
  },
  helm: {
    url: 'https://get.helm.sh',
    urlVariable: 'GATEHOUSE_HELM_URL',
    checksumPath: (path) => `${path}.sha256sum`,
  },
  compose: {
    url: 'https://github.com/docker/compose/releases/download',
    urlVariable: 'GATEHOUSE_COMPOSE_URL',
    checksumPath: (path) => `${path}.sha256`,
  },
}

/** All that is known about one executable; a new one is a new row. */
export interface Binary {
  readonly product: Product
  /** How it is asked for its version, and where the answer stands in its output (first group). */
  readonly versionArguments: readonly string[]
  readonly versionPattern: RegExp
  /** What its release publishes; undefined where there is nothing for this platform. */
  readonly artifact: (platform: Platform) => Artifact | undefined
  /** The Go package, in the module of the same name as the product in `modules/`. */
  readonly goPackage: string
  readonly ldflags: string
}

const [major, minor] = versions.kubernetes.slice(1).split('.')
// A build from a module knows no git tag; version answers, and kubectl's skew check, need one.
const componentVersion = 'k8s.io/component-base/version'
const kubernetesLdflags = [
  '-s -w',
  `-X ${componentVersion}.gitVersion=${versions.kubernetes}`,
  `-X ${componentVersion}.gitMajor=${major}`,
  `-X ${componentVersion}.gitMinor=${minor}`,
].join(' ')

/** Kubernetes releases its servers for Linux only, kubectl for macOS too. */
function kubernetes(
  name: string,
  systems: readonly Platform['os'][],
  version?: Pick<Binary, 'versionArguments' | 'versionPattern'>,
) {
  return {
    product: 'kubernetes',
    versionArguments: ['--version'],
    versionPattern: /^Kubernetes (v\S+)/m,
    artifact: ({ os, arch }) =>
      systems.includes(os) ? { path: `${versions.kubernetes}/bin/${os}/${arch}/${name}` } : undefined,
    goPackage: `k8s.io/kubernetes/cmd/${name}`,
    ldflags: kubernetesLdflags,
    ...version,
  } satisfies Binary
}

/** The executables, in the order in which a cold machine builds them: what takes longest is first. */
export const catalogue = {
  'kube-apiserver': kubernetes('kube-apiserver', ['linux']),
  'kube-controller-manager': kubernetes('kube-controller-manager', ['linux']),
  kubectl: kubernetes('kubectl', ['linux', 'darwin'], {
    versionArguments: ['version', '--client', '--output=json'],
    versionPattern: /"gitVersion": "([^"]+)"/,
  }),
  'kube-scheduler': kubernetes('kube-scheduler', ['linux']),
  kwok: {
    product: 'kwok',
    versionArguments: ['--version'],
    versionPattern: /^kwok version (v\S+)/m,
    artifact: ({ os, arch }) => ({ path: `${versions.kwok}/kwok-${os}-${arch}` }),
    goPackage: 'sigs.k8s.io/kwok/cmd/kwok',
    ldflags: `-s -w -X sigs.k8s.io/kwok/pkg/consts.Version=${versions.kwok}`,
  },
  etcd: {
    product: 'etcd',
    versionArguments: ['--version'],
    versionPattern: /^etcd Version: (\S+)/m,
    // Its releases for macOS are .zip files; Go builds it in half a minute there.
    artifact: ({ os, arch }) => {
      const folder = `etcd-${versions.etcd}-${os}-${arch}`
      return os === 'linux'
        ? { path: `${versions.etcd}/${folder}.tar.gz`, member: `${folder}/etcd` }
        : undefined
    },
    goPackage: 'go.etcd.io/etcd/server/v3',
    ldflags: '-s -w',
  },
  kind: {
    product: 'kind',
    versionArguments: ['version'],
    versionPattern: /^kind (v\S+)/m,
    artifact: ({ os, arch }) => ({ path: `${versions.kind}/kind-${os}-${arch}` }),
    goPackage: 'sigs.k8s.io/kind',
    ldflags: '-s -w',
  },
  helm: {
    product: 'helm',
    versionArguments: ['version', '--template', '{{.Version}}'],
    versionPattern: /^(v\S+)/m,
    artifact: ({ os, arch }) => ({
      path: `helm-${versions.helm}-${os}-${arch}.tar.gz`,
      member: `${os}-${arch}/helm`,
    }),
    goPackage: 'helm.sh/helm/v4/cmd/helm',
    ldflags: `-s -w -X helm.sh/helm/v4/internal/version.version=${versions.helm}`,
  },
  'docker-compose': {
    product: 'compose',
    versionArguments: ['version', '--short'],
    versionPattern: /^v?(\S+)/m,
    artifact: ({ os, arch }) => {
      const machine = { amd64: 'x86_64', arm64: 'aarch64' }[arch]
      return { path: `${versions.compose}/docker-compose-${os}-${machine}` }
    },
    goPackage: 'github.com/docker/compose/v5/cmd',
    ldflags: `-s -w -X github.com/docker/compose/v5/internal.Version=${versions.compose}`,
  },
} as const satisfies Record<string, Binary>

/** The name of an executable that this package can find. */
export type BinaryName = keyof typeof catalogue

/** All executables, in the order in which a cold machine builds them. */
export const binaryNames = Object.keys(catalogue) as readonly BinaryName[]
