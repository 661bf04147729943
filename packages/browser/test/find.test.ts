import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unpackChromium } from '../src/bundled.ts'
import { findChromium, findPinnedChromium } from '../src/find.ts'

let folder: string
let program: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'browser-find-'))
  program = join(folder, 'google-chrome')
  await writeFile(program, '#!/bin/sh\n')
  await chmod(program, 0o755)
})
afterAll(() => rm(folder, { recursive: true }))

test('what the variable names comes before the system’s', async () => {
  const own = join(folder, 'own')
  await writeFile(own, '#!/bin/sh\n', { mode: 0o755 })
  const found = await findChromium({ PLAYWRIGHT_CHROMIUM_PATH: own, PATH: folder })
  expect(found).toEqual({ path: own, by: 'PLAYWRIGHT_CHROMIUM_PATH', env: {} })
})

test('a variable that names nothing is an error, not a reason to take another', async () => {
  const finding = findChromium({ PLAYWRIGHT_CHROMIUM_PATH: join(folder, 'absent'), PATH: folder })
  await expect(finding).rejects.toMatchObject({
    code: 'ERR_NO_BROWSER',
    message: expect.stringContaining('absent') as string,
  })
})

test('the system’s comes before those of packages', async () => {
  const found = await findChromium({ PATH: `/nowhere:${folder}` })
  expect(found).toMatchObject({ path: program, by: 'system' })
})

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the package’s', () => {
  test('is unpacked once, for its user alone, by many at once', async () => {
    const env = { XDG_CACHE_HOME: join(folder, 'cache') }
    const [first, second] = await Promise.all([unpackChromium(env), unpackChromium(env)])
    expect(first).toEqual(second)
    const { ino, mode } = await stat(first!.path)
    expect(mode & 0o777).toBe(0o700)
    expect((await stat(join(first!.path, '..'))).mode & 0o777).toBe(0o700)
    await unpackChromium(env)
    expect((await stat(first!.path)).ino).toBe(ino)
  })

  test('is the pinned one, whatever else there is', async () => {
    const env = { XDG_CACHE_HOME: join(folder, 'cache'), PATH: folder, PLAYWRIGHT_CHROMIUM_PATH: program }
    const found = await findPinnedChromium(env)
    expect(found).toMatchObject({ by: '@sparticuz/chromium' })
    expect(found.path).toContain(env.XDG_CACHE_HOME)
  })

  test('is not taken from a cache into which others can write', async () => {
    const cache = join(folder, 'open')
    await mkdir(join(cache, 'gatehouse/chromium'), { recursive: true })
    await chmod(join(cache, 'gatehouse/chromium'), 0o777)
    await expect(unpackChromium({ XDG_CACHE_HOME: cache })).rejects.toMatchObject({ code: 'ERR_CACHE' })
  })
})
