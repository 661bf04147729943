import { chmod, mkdir, realpath, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ownFile } from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function directory(): Promise<string> {
  const made = await temporaryDirectory()
  onTestFinished(() => made[Symbol.asyncDispose]())
  return realpath(made.path)
}

test('a file of mine is where it is, behind links, too, and may be missing', async () => {
  const path = await directory()
  await writeFile(join(path, 'file'), '', { mode: 0o644 })
  await symlink(join(path, 'file'), join(path, 'link'))
  await expect(ownFile(join(path, 'file'))).resolves.toBe(join(path, 'file'))
  await expect(ownFile(join(path, 'link'))).resolves.toBe(join(path, 'file'))
  await expect(ownFile(join(path, 'missing'))).resolves.toBe(join(path, 'missing'))
})

test('a directory behind a link counts as much as that of the link', async () => {
  const path = await directory()
  await mkdir(join(path, 'open'))
  await writeFile(join(path, 'open', 'file'), '', { mode: 0o600 })
  await symlink(join(path, 'open', 'file'), join(path, 'link'))
  await chmod(join(path, 'open'), 0o777)
  await expect(ownFile(join(path, 'link'))).rejects.toMatchObject({
    code: 'ERR_NOT_PRIVATE',
    message: expect.stringContaining(`others may write to ${join(path, 'open')}`),
  })
})
