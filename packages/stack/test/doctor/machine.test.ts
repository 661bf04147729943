import { expect, test } from 'vitest'
import { ClusterError, type KindInspection } from '@gatehouse/cluster'
import { judgeBinary } from '../../src/doctor/binaries.ts'
import { judgeBrowser } from '../../src/doctor/browser.ts'
import { type FreeSpace, judgeFreeSpace } from '../../src/doctor/disk.ts'
import { judgeDocker, judgeInotify, judgeUnneededDocker } from '../../src/doctor/docker.ts'
import { judgeResolutions } from '../../src/doctor/host-names.ts'
import { judgeNode, judgePlatform } from '../../src/doctor/runtime.ts'
import { judgeSandbox } from '../../src/doctor/sandbox.ts'

test.each([
  ['24.0.0', 'ok'],
  ['26.1.0', 'ok'],
  ['23.11.0', 'error'],
  ['9.0.0', 'error'],
])('Node %s is %s', (version, level) => {
  expect(judgeNode(version)).toMatchObject({ level, message: expect.stringContaining(version) })
})

test.each([
  ['linux', 'x64', 'ok'],
  ['darwin', 'arm64', 'ok'],
  ['linux', 'riscv64', 'error'],
  ['win32', 'x64', 'error'],
])('%s on %s is %s', (platform, arch, level) => {
  expect(judgePlatform(platform, arch)).toMatchObject({ level })
})

const etcd = { name: 'etcd', version: 'v3.7.3' } as const

test.each([
  [{ ...etcd, state: 'found', path: '/x/etcd', source: 'cache' } as const, 'ok', /\(cache\): \/x\/etcd/],
  [
    { ...etcd, state: 'obtainable', download: 'https://h/etcd', build: 'go1.26.8' } as const,
    'warning',
    /downloaded from https:\/\/h\/etcd, or else built with go1\.26\.8/,
  ],
  [
    { ...etcd, state: 'obtainable', download: undefined, build: 'go1.26.8' } as const,
    'warning',
    /built with/,
  ],
  [
    { ...etcd, state: 'unusable', reason: 'no way', variable: 'GATEHOUSE_ETCD' } as const,
    'error',
    /can't be had: no way/,
  ],
])('an executable %j is %s', (inspection, level, message) => {
  expect(judgeBinary(inspection, 'embedded')).toMatchObject({
    level,
    message: expect.stringMatching(message),
  })
})

test('an executable that can not be had is a problem for the providers that need it', () => {
  const kind = { name: 'kind', version: 'v0.33.0', variable: 'GATEHOUSE_KIND' } as const
  const inspection = { ...kind, state: 'unusable', reason: 'no way' } as const
  expect(judgeBinary(inspection, 'embedded')).toMatchObject({ level: 'skipped' })
  expect(judgeBinary(inspection, 'existing')).toMatchObject({ level: 'skipped' })
  expect(judgeBinary(inspection, 'kind')).toMatchObject({ level: 'error' })
})

const GB = 1e9
test.each<[Partial<FreeSpace>, string, RegExp]>([
  [{ bytes: 2 * GB }, 'ok', /has 2\.0 GB left/],
  [{ bytes: 1.999 * GB }, 'warning', /has 2\.0 GB left/],
  [{ bytes: 0.5 * GB }, 'warning', /has 500 MB left/],
  [{ bytes: 0.499 * GB }, 'error', /has 499 MB left/],
  [{ inodes: 19_999 }, 'warning', /room for 19999 more files/],
  [{ inodes: 999 }, 'error', /room for 999 more files/],
  [{ inodes: 0 }, 'error', /room for 0 more files/],
])('a disk with %j is %s', (space, level, message) => {
  const judgements = judgeFreeSpace({
    label: 'it',
    path: '/here',
    bytes: 100 * GB,
    inodes: undefined,
    ...space,
  })
  expect(judgements).toEqual([expect.objectContaining({ level, message: expect.stringMatching(message) })])
})

test('space and inodes that run out together are two findings', () => {
  expect(judgeFreeSpace({ label: 'it', path: '/here', bytes: 0, inodes: 0 })).toHaveLength(2)
})

test.each([
  [['127.0.0.1'], 'ok', /lead to loopback/],
  [['::1', '127.3.2.1'], 'ok', /lead to loopback/],
  [[], 'warning', /kubelogin/],
  [['192.0.2.7'], 'warning', /leads to 192\.0\.2\.7/],
  [['127.0.0.1', '2001:db8::1'], 'warning', /not this machine's loopback/],
])('a name that leads to %j is %s', (addresses, level, message) => {
  expect(judgeResolutions([{ host: 'dex.gatehouse.localhost', addresses }])).toEqual([
    expect.objectContaining({ level, message: expect.stringMatching(message) }),
  ])
})

test('browsers are told to be affected by an unknown domain, unless they know it themselves', () => {
  const messageFor = (host: string) => judgeResolutions([{ host, addresses: [] }])[0]?.message
  expect(messageFor('dex.gatehouse.localhost')).toMatch(/browsers, .* do not need it/)
  expect(messageFor('dex.gatehouse.test')).toMatch(/browsers, .* can't/)
})

test('the line for /etc/hosts has the names that are unknown, and no others', () => {
  const [finding] = judgeResolutions([
    { host: 'dex.example', addresses: [] },
    { host: 'known.example', addresses: ['127.0.0.1'] },
    { host: 'console.example', addresses: [] },
  ])
  expect(finding?.remedy).toMatch(/127\.0\.0\.1 dex\.example console\.example$/)
})

const engine: KindInspection = {
  version: '28.2.2',
  dataDirectory: '/var/lib/docker',
  image: { name: 'a/node:v1', isHere: true },
  node: undefined,
}
const noEngine = new ClusterError('ERR_ENGINE', 'no Docker engine answers: start it\n$ docker info\nsocket')

test('Docker that nothing needs is no problem, whether there or not', () => {
  expect(judgeUnneededDocker(engine)).toMatchObject({ level: 'ok' })
  expect(judgeUnneededDocker(noEngine)).toMatchObject({
    level: 'skipped',
    message: 'no Docker engine answers: start it; the embedded cluster does not need it',
  })
})

test.each([
  [undefined, []],
  [8192, []],
  [128, [{ level: 'warning', remedy: 'sudo sysctl fs.inotify.max_user_instances=512' }]],
])('a limit of %j inotify instances is %j', (limit, expected) => {
  expect(judgeInotify(limit)).toMatchObject(expected)
})

test.each([
  ['everything', engine, false, ['ok', 'ok']],
  ['no engine', noEngine, false, ['error']],
  ['no image', { ...engine, image: { name: 'a/node:v1', isHere: false } }, false, ['ok', 'warning']],
  ['a node of nobody', { ...engine, node: 'x-control-plane' }, false, ['ok', 'ok', 'warning']],
  ['the node of a running stack', { ...engine, node: 'x-control-plane' }, true, ['ok', 'ok']],
  ['no node of a running stack', engine, true, ['ok', 'ok', 'error']],
])('for kind, Docker with %s', (_what, answer, isRunning, levels) => {
  const judgements = judgeDocker(answer, { isRunning, name: 'default' })
  expect(judgements.map(({ level }) => level)).toEqual(levels)
  expect(judgements.every(({ level, remedy = '' }) => level === 'ok' || remedy !== '')).toBe(true)
})

test.each([
  [undefined, 'skipped'],
  [{ path: '/usr/bin/chromium', by: 'PATH', version: 'Chromium 140' }, 'ok'],
  [{ path: '/usr/bin/chromium', by: 'PATH', problem: 'it crashed' }, 'skipped'],
  // Somebody named this one.
  [{ path: '/nowhere', by: 'PLAYWRIGHT_CHROMIUM_PATH', problem: 'ENOENT' }, 'warning'],
])('a browser %j is %s', (answer, level) => {
  expect(judgeBrowser(answer)).toMatchObject({ level })
})

test('exec that can not be offered is a warning with the reason', () => {
  expect(judgeSandbox(undefined).level).toBe('ok')
  expect(judgeSandbox('unshare is missing')).toMatchObject({
    level: 'warning',
    message: expect.stringContaining('unshare is missing'),
  })
})
