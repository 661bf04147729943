import { expect, test } from 'vitest'
import { binaryNames, type BinaryName } from '../src/index.ts'
import { pathVariable, planFor, type PlanOptions } from '../src/plan.ts'

const nothing: PlanOptions = {
  env: { HOME: '/home/ada' },
  explicit: {},
  cacheDirectory: undefined,
  platform: { os: 'linux', arch: 'amd64' },
  checksums: {},
}
const sum = 'a'.repeat(64)

test.each<[string, Partial<PlanOptions>, string[]]>([
  ['nothing given', {}, []],
  ['a path as option', { explicit: { kubectl: '/opt/kubectl' } }, ['/opt/kubectl!']],
  ['a path by variable', { env: { GATEHOUSE_KUBECTL: '/opt/kubectl' } }, ['/opt/kubectl!']],
  ['an empty variable', { env: { GATEHOUSE_KUBECTL: '', KUBEBUILDER_ASSETS: '' } }, []],
  ["another executable's variable", { env: { GATEHOUSE_ETCD: '/opt/etcd' } }, []],
  ['a shared folder, which binds nobody', { env: { KUBEBUILDER_ASSETS: '/assets' } }, ['/assets/kubectl']],
  [
    'all of them: option before variable before shared folder',
    { explicit: { kubectl: '/1' }, env: { GATEHOUSE_KUBECTL: '/2', KUBEBUILDER_ASSETS: '/3' } },
    ['/1!', '/2!', '/3/kubectl'],
  ],
])('given places: %s', (_, options, expected) => {
  const { given } = planFor('kubectl', { ...nothing, ...options })
  expect(given.map(({ path, binding }) => path + (binding ? '!' : ''))).toEqual(expected)
})

test.each<[string, Partial<PlanOptions>, string]>([
  ['~/.cache by default', {}, '/home/ada/.cache/gatehouse/v3.7.3/linux-amd64/etcd'],
  ['XDG_CACHE_HOME', { env: { XDG_CACHE_HOME: '/c', HOME: '/h' } }, '/c/gatehouse/v3.7.3/linux-amd64/etcd'],
  [
    'a relative XDG_CACHE_HOME is ignored',
    { env: { XDG_CACHE_HOME: 'c', HOME: '/h' } },
    '/h/.cache/gatehouse/v3.7.3/linux-amd64/etcd',
  ],
  ['a folder given', { cacheDirectory: '/g' }, '/g/v3.7.3/linux-amd64/etcd'],
  [
    'another platform',
    { platform: { os: 'darwin', arch: 'arm64' } },
    '/home/ada/.cache/gatehouse/v3.7.3/darwin-arm64/etcd',
  ],
])('cache: %s', (_, options, expected) => {
  expect(planFor('etcd', { ...nothing, ...options }).cached).toBe(expected)
})

test.each<[BinaryName, string, string]>([
  [
    'kubectl',
    'kubernetes/v1.37.2/bin/linux/amd64/kubectl',
    'https://dl.k8s.io/release/v1.37.2/bin/linux/amd64/kubectl',
  ],
  [
    'etcd',
    'etcd/v3.7.3/etcd-v3.7.3-linux-amd64.tar.gz',
    'https://github.com/etcd-io/etcd/releases/download/v3.7.3/etcd-v3.7.3-linux-amd64.tar.gz',
  ],
  [
    'kwok',
    'kwok/v0.8.0/kwok-linux-amd64',
    'https://github.com/kubernetes-sigs/kwok/releases/download/v0.8.0/kwok-linux-amd64',
  ],
])('%s is downloaded from its publisher', (name, artifact, url) => {
  expect(planFor(name, { ...nothing, checksums: { [artifact]: sum } }).download).toMatchObject({
    url,
    sha256: sum,
  })
})

test('a mirror is asked for the same paths', () => {
  const options = { ...nothing, checksums: { 'kwok/v0.8.0/kwok-linux-amd64': sum } }
  const { download } = planFor('kwok', {
    ...options,
    env: { GATEHOUSE_KWOK_URL: 'https://mirror.example/kwok/' },
  })
  expect(download).toMatchObject({ url: 'https://mirror.example/kwok/v0.8.0/kwok-linux-amd64' })
})

test.each(['ftp://mirror.example', 'file:///etc', 'mirror.example', '/srv/mirror'])(
  'a mirror that is no http URL (%s) is an error that names the variable',
  (url) => {
    const options = { ...nothing, checksums: { 'kwok/v0.8.0/kwok-linux-amd64': sum } }
    expect(() => planFor('kwok', { ...options, env: { GATEHOUSE_KWOK_URL: url } })).toThrow(
      /GATEHOUSE_KWOK_URL/,
    )
  },
)

test('what has no pinned checksum is not downloaded, from nowhere', () => {
  for (const name of binaryNames) {
    const { download } = planFor(name, { ...nothing, env: { GATEHOUSE_KWOK_URL: 'https://mirror.example' } })
    expect(download).toEqual({ refused: expect.stringContaining('no checksum of') })
  }
})

test("a checksum of another platform's or version's artifact is not taken", () => {
  const checksums = { 'kwok/v0.8.0/kwok-linux-arm64': sum, 'kwok/v0.7.0/kwok-linux-amd64': sum }
  expect(planFor('kwok', { ...nothing, checksums }).download).toHaveProperty('refused')
})

test('macOS builds what Kubernetes does not release for it', () => {
  const { download } = planFor('kube-apiserver', { ...nothing, platform: { os: 'darwin', arch: 'arm64' } })
  expect(download).toEqual({ refused: 'no release of kube-apiserver for darwin arm64 is known' })
})

test("the variable that names an executable's path", () => {
  expect(pathVariable('kube-controller-manager')).toBe('GATEHOUSE_KUBE_CONTROLLER_MANAGER')
})
