import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { cached, keyOf } from '../../image-assembly/cache.ts'
import { components, pinnedVersion } from '../components.ts'
import type { Context } from '../../image-assembly/context.ts'
import { imagesOfNode, pauseImageOf } from '../images.ts'
import { containerdConfiguration, runtimeSpec, storageManifest } from '../node-configuration.ts'
import { parseLdd } from '../programs.ts'
import { assertRequirements } from '../requirements.ts'

describe('a step', () => {
  let context: Context
  beforeEach(async () => {
    const cacheDirectory = await mkdtemp(join(tmpdir(), 'gatehouse-node-image-'))
    const { signal } = new AbortController()
    context = { env: {}, cacheDirectory, debianMirror: undefined, signal, report: () => undefined }
    return () => rm(cacheDirectory, { recursive: true, force: true })
  })
  const writes = (runs: string[], name: string) => async (directory: string) => {
    runs.push(name)
    await writeFile(join(directory, name), '')
  }

  test('runs once for the same inputs, again for others, and only the newest result stays', async () => {
    const runs: string[] = []
    const one = await cached('step', { version: 1 }, context, writes(runs, 'one'))
    expect(await cached('step', { version: 1 }, context, writes(runs, 'again'))).toEqual(one)
    const two = await cached('step', { version: 2 }, context, writes(runs, 'two'))
    expect(runs).toEqual(['one', 'two'])
    expect(await readdir(join(context.cacheDirectory, 'step'))).toEqual([two.key])
    expect(await readdir(two.directory)).toEqual(['two'])
  })

  test('that fails leaves nothing, and so does one that was killed', async () => {
    const failing = cached('step', 1, context, async (directory) => {
      await writeFile(join(directory, 'half'), '')
      throw new Error('Ctrl-C')
    })
    await expect(failing).rejects.toThrow('Ctrl-C')
    expect(await readdir(join(context.cacheDirectory, 'step'))).toEqual([])

    await mkdir(join(context.cacheDirectory, 'step', 'making-of-a-killed-process'))
    const { key } = await cached('step', 1, context, writes([], 'whole'))
    expect(await readdir(join(context.cacheDirectory, 'step'))).toEqual([key])
  })
})

test('a key does not depend on the order of fields, but on everything else', () => {
  expect(keyOf({ a: 1, b: { c: 2, d: [1, 2] } })).toBe(keyOf({ b: { d: [1, 2], c: 2 }, a: 1 }))
  expect(keyOf({ a: [1, 2] })).not.toBe(keyOf({ a: [2, 1] }))
  expect(keyOf({ a: 1 })).not.toBe(keyOf({ a: '1' }))
})

test('every component has the version that its go.mod pins', () => {
  for (const { version } of Object.values(components)) expect(version).toMatch(/^v\d+\.\d+\.\d+/)
  expect(pinnedVersion('require (\n\texample.org/a v1.2.3 // indirect\n)', 'example.org/a')).toBe('v1.2.3')
  expect(pinnedVersion('require example.org/a v1.2.3\n', 'example.org/a')).toBe('v1.2.3')
  expect(() => pinnedVersion('require example.org/ab v1.2.3\n', 'example.org/a')).toThrow('does not require')
})

const kubeadmImages = [
  'r.example/kube-apiserver:v1',
  'r.example/coredns/coredns:v2',
  'r.example/pause:3.10.2',
]
const programs = {
  'kube-apiserver': '/a',
  'kube-controller-manager': '/b',
  'kube-scheduler': '/c',
  'kube-proxy': '/d',
  etcd: '/e',
  coredns: '/f',
  pause: '/g',
  'local-path-provisioner': '/h',
}
const storageImages = { provisionerImage: 's.example/provisioner:v1', helperImage: 's.example/helper:v1' }
const sources = { kubeadmImages, storageImages, debian: '/debian', programs }

test('images have the names by which kubeadm and kind ask for them', () => {
  const images = imagesOfNode(sources)
  expect(images.map(({ name }) => name)).toEqual([
    ...kubeadmImages,
    storageImages.provisionerImage,
    storageImages.helperImage,
    'gatehouse/toolbox:v1',
  ])
  expect(images[1]).toMatchObject({ programs: { '/coredns': '/f' }, config: { Entrypoint: ['/coredns'] } })
  expect(pauseImageOf(kubeadmImages)).toBe('r.example/pause:3.10.2')
})

test('an image that kubeadm begins to want is an error, not a node that can not start', () => {
  expect(() => imagesOfNode({ ...sources, kubeadmImages: ['r.example/novelty:v1'] })).toThrow(/novelty/)
  expect(() => pauseImageOf([])).toThrow(/no pause image/)
})

test("kind's sources are read, and others refused", () => {
  const source = [
    'const storageProvisionerImage = "p:1"',
    'const storageHelperImage = "h:1"',
    'const defaultStorageManifest = `',
    'image: ` + storageProvisionerImage + `',
    'helper: ` + storageHelperImage + `',
    '`',
  ].join('\n')
  expect(storageManifest(source)).toEqual({
    manifest: '\nimage: p:1\nhelper: h:1\n',
    provisionerImage: 'p:1',
    helperImage: 'h:1',
  })
  expect(() => storageManifest('')).toThrow(/const_storage/)
  expect(containerdConfiguration('[x]\n  sandbox_image = "pause:1"\n', 'pause:2')).toBe(
    '[x]\n  sandbox_image = "pause:2"\n',
  )
  expect(() => containerdConfiguration('', 'pause:2')).toThrow(/sandbox_image/)
  expect(JSON.parse(runtimeSpec('{"process": {"rlimits": [1], "cwd": "/"}}'))).toEqual({
    process: { cwd: '/' },
    hooks: { createContainer: [{ path: '/kind/bin/mount-product-files.sh' }] },
  })
})

test('the libraries of a program are read from what ldd prints', () => {
  const output = [
    '/usr/sbin/nft:',
    '\tlinux-vdso.so.1 (0x00007ffc)',
    '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f)',
    '/usr/bin/x:',
    '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)',
    '\tstatically linked',
  ].join('\n')
  expect(parseLdd(output)).toEqual(['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2'])
  expect(() => parseLdd('\tlibz.so => not found')).toThrow(/libz\.so/)
})

test('everything that is missing is told at once, with the packages that have it', async () => {
  const context: Context = {
    env: { PATH: '/nonexistent' },
    cacheDirectory: '/nonexistent',
    debianMirror: undefined,
    signal: new AbortController().signal,
    report: () => undefined,
  }
  await expect(assertRequirements(context)).rejects.toMatchObject({
    code: 'ERR_REQUIREMENTS',
    message: expect.stringMatching(
      /docker is missing[\s\S]*debootstrap is missing[\s\S]*gcc is missing[\s\S]*go is missing[\s\S]*apt-get install .*docker\.io debootstrap/,
    ),
  })
})
