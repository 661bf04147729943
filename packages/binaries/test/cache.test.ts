import { chmod, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resolveBinaries, versions } from '../src/index.ts'
import { scriptOf } from './executables.ts'
import { kwokMirror } from './kwok-mirror.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const signal = new AbortController().signal

test('a cache that others may write to is not trusted', async () => {
  const { env, cacheDirectory, folder } = await kwokMirror(scriptOf('kwok', versions.kwok))
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o777)
  await expect(resolveBinaries(['kwok'], { env, cacheDirectory, signal })).rejects.toMatchObject({
    code: 'ERR_CACHE',
    message: expect.stringContaining(folder),
  })
})

test('a folder for the cache that cannot be made is an error that names it', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, 'file'), '')
  const { env } = await kwokMirror(scriptOf('kwok', versions.kwok))
  const resolving = resolveBinaries(['kwok'], {
    env,
    cacheDirectory: join(directory, 'file', 'cache'),
    signal,
  })
  await expect(resolving).rejects.toMatchObject({
    code: 'ERR_CACHE',
    message: expect.stringContaining('XDG_CACHE_HOME'),
  })
})

const tampering: [string, (file: string) => Promise<unknown>][] = [
  ['was changed', (file) => writeFile(file, '#!/bin/sh\necho pwned\n')],
  ['may be changed by others', (file) => chmod(file, 0o757)],
  ['has no record', (file) => rm(`${file}.json`)],
  ['has a broken record', (file) => writeFile(`${file}.json`, '{"version"')],
  [
    "has another version's record",
    async (file) =>
      writeFile(`${file}.json`, (await readFile(`${file}.json`, 'utf8')).replace(versions.kwok, 'v0.0.1')),
  ],
]
test.each(tampering)('a cached executable that %s is fetched anew', async (_, tamper) => {
  const { env, cacheDirectory } = await kwokMirror(scriptOf('kwok', versions.kwok))
  const { kwok } = await resolveBinaries(['kwok'], { env, cacheDirectory, signal })
  await tamper(kwok.path)
  const again = await resolveBinaries(['kwok'], { env, cacheDirectory, signal })
  expect(again.kwok.source).toBe('download')
  expect(await readFile(kwok.path, 'utf8')).toBe(scriptOf('kwok', versions.kwok))
})

test('a cached executable that was only touched, or lost its mode, is still taken', async () => {
  const { env, cacheDirectory } = await kwokMirror(scriptOf('kwok', versions.kwok))
  const { kwok } = await resolveBinaries(['kwok'], { env, cacheDirectory, signal })
  await utimes(kwok.path, 1, 1)
  await chmod(kwok.path, 0o600)
  const again = await resolveBinaries(['kwok'], { env, cacheDirectory, signal })
  expect(again.kwok.source).toBe('cache')
  expect((await stat(kwok.path)).mode & 0o777).toBe(0o755)
})
