import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { binaryNames, inspectBinaries, versions } from '../src/index.ts'
import { putIntoCache } from '../src/cache.ts'
import { platformOf } from '../src/platform.ts'
import { scriptOf, writeExecutable } from './executables.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const signal = new AbortController().signal
const { os, arch } = platformOf(process.platform, process.arch)

async function inspectOne(name: string, options: Parameters<typeof inspectBinaries>[0]) {
  return (await inspectBinaries(options)).find((inspection) => inspection.name === name)
}

test('what is cached or given is found, and nothing is written', async () => {
  const directory = await temporaryDirectory()
  const cached = join(directory, versions.etcd, `${os}-${arch}`, 'etcd')
  await writeExecutable(`${cached}.new`, scriptOf('etcd', versions.etcd))
  await putIntoCache(`${cached}.new`, cached, versions.etcd)
  await chmod(cached, 0o700)
  const given = await writeExecutable(join(directory, 'given'), scriptOf('kwok', versions.kwok))
  const options = { env: { PATH: '', GATEHOUSE_KWOK: given }, cacheDirectory: directory, signal }
  expect(await inspectOne('etcd', options)).toMatchObject({ state: 'found', path: cached, source: 'cache' })
  expect(await inspectOne('kwok', options)).toMatchObject({ state: 'found', path: given, source: 'explicit' })
  expect((await stat(cached)).mode & 0o777).toBe(0o700)
  expect((await readdir(directory)).toSorted()).toEqual(['given', versions.etcd].toSorted())
})

test('without Go and without a checksum there is no way, and it says which variable would help', async () => {
  const cacheDirectory = await temporaryDirectory()
  expect(await inspectOne('kwok', { env: { PATH: '' }, cacheDirectory, signal })).toMatchObject({
    state: 'unusable',
    reason: expect.stringMatching(/no checksum of kwok\/.*no usable `go`/),
    variable: 'GATEHOUSE_KWOK',
  })
})

test('with a recent Go a missing executable would be built; an old Go does not help', async () => {
  const directory = await temporaryDirectory()
  const cacheDirectory = join(directory, 'cache')
  await mkdir(cacheDirectory, { mode: 0o700 })
  const pathWith = async (version: string) => {
    const go = await writeExecutable(join(directory, version, 'go'), `#!/bin/sh\necho ${version}\n`)
    return { PATH: join(go, '..') }
  }
  for (const name of binaryNames) {
    expect(await inspectOne(name, { env: await pathWith('go1.26.1'), cacheDirectory, signal })).toMatchObject(
      { state: 'obtainable', build: 'go1.26.1' },
    )
  }
  expect(await inspectOne('kwok', { env: await pathWith('go1.25.9'), cacheDirectory, signal })).toMatchObject(
    { state: 'unusable', reason: expect.stringContaining('`go` is go1.25.9') },
  )
  expect(await readdir(cacheDirectory)).toEqual([])
})

test('a given path that can not be used is told, and the others are still inspected', async () => {
  const directory = await temporaryDirectory()
  const env = { PATH: '', GATEHOUSE_KWOK: join(directory, 'nowhere') }
  const inspections = await inspectBinaries({ env, cacheDirectory: directory, signal })
  expect(inspections).toHaveLength(binaryNames.length)
  expect(inspections.find(({ name }) => name === 'kwok')).toMatchObject({
    state: 'unusable',
    reason: expect.stringContaining('nowhere is not there'),
  })
})

test('a cache that others can write to is told', async () => {
  const directory = await temporaryDirectory()
  const folder = join(directory, versions.kwok, `${os}-${arch}`)
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o777)
  expect(await inspectOne('kwok', { env: { PATH: '' }, cacheDirectory: directory, signal })).toMatchObject({
    state: 'unusable',
    reason: expect.stringContaining('can be changed by, other users'),
  })
})
