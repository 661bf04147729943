import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test } from 'vitest'

let home: string
let cache: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'gatehouse-cache-'))
  cache = join(home, 'gatehouse', 'compile-cache')
})
afterEach(() => rm(home, { recursive: true }))

const help = (env: Record<string, string>) =>
  execa(process.execPath, [join(import.meta.dirname, '../src/main.ts'), 'status', '--help'], { env })

test('compiled code is kept, for its owner alone', async () => {
  await help({ XDG_CACHE_HOME: home })
  expect(await readdir(cache)).toHaveLength(1)
  expect((await stat(cache)).mode & 0o777).toBe(0o700)
})

test('a folder into which others could put code is not used', async () => {
  await mkdir(cache, { recursive: true })
  await chmod(cache, 0o777)
  await help({ XDG_CACHE_HOME: home })
  expect(await readdir(cache)).toEqual([])
})

test('where nothing can be kept commands work as well', async () => {
  const { stdout } = await help({ XDG_CACHE_HOME: join(import.meta.filename, 'no-folder') })
  expect(stdout).toContain('Usage: gatehouse status')
})
