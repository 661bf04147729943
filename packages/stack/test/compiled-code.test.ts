import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { prepareCompiledCode } from '../src/services/service.ts'

async function temporaryHome() {
  const home = await mkdtemp(join(tmpdir(), 'gatehouse-compiled-'))
  onTestFinished(() => rm(home, { recursive: true }))
  return home
}

test("services' compiled code is kept in a folder for its owner alone", async () => {
  const directory = await prepareCompiledCode({ XDG_CACHE_HOME: await temporaryHome() })
  expect((await stat(directory)).mode & 0o777).toBe(0o700)
})

test('no stack starts with compiled code that others could have put there', async () => {
  const home = await temporaryHome()
  const directory = join(home, 'gatehouse', 'compile-cache')
  await mkdir(directory, { recursive: true })
  await chmod(directory, 0o777)
  await expect(prepareCompiledCode({ XDG_CACHE_HOME: home })).rejects.toMatchObject({ code: 'ERR_CACHE' })
})
