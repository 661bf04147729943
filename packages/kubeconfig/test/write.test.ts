import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildKubeconfig, readKubeconfig, stringifyKubeconfig, writeKubeconfig } from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const document = buildKubeconfig({
  cluster: { name: 'dev', server: 'https://127.0.0.1:9443' },
  user: { name: 'admin', token: 'x' },
})

async function directory(): Promise<string> {
  const made = await temporaryDirectory()
  onTestFinished(() => made[Symbol.asyncDispose]())
  return made.path
}

test('the file and the directories made for it are for their owner alone, whatever the umask', async () => {
  const previous = process.umask(0)
  onTestFinished(() => void process.umask(previous))
  const path = join(await directory(), 'kube')
  const file = join(path, 'config')
  await writeKubeconfig(file, document)
  const modes = await Promise.all(
    [path, file].map(async (each) => ((await stat(each)).mode & 0o777).toString(8)),
  )
  expect(modes).toEqual(['700', '600'])
  await expect(readKubeconfig(file)).resolves.toEqual(document)
})

test('a file that others could read is replaced by one that they can not', async () => {
  const file = join(await directory(), 'config')
  await writeFile(file, 'old', { mode: 0o644 })
  await writeKubeconfig(file, document)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('readers never see half a file, and nothing is left beside it', async () => {
  const path = await directory()
  const file = join(path, 'config')
  await writeKubeconfig(file, document)
  const whole = stringifyKubeconfig(document)
  const writes = Array.from({ length: 20 }, () => writeKubeconfig(file, document))
  const reads = Array.from({ length: 40 }, () => readFile(file, 'utf8'))
  expect(new Set(await Promise.all(reads))).toEqual(new Set([whole]))
  await Promise.all(writes)
  expect(await readdir(path)).toEqual(['config'])
})

test('a write that fails leaves nothing behind', async () => {
  const path = await directory()
  await writeKubeconfig(join(path, 'taken', 'config'), document)
  await expect(writeKubeconfig(join(path, 'taken'), document)).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/)
  expect(await readdir(path)).toEqual(['taken'])
})
