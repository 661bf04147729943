import { chmod, chown, lchown, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createStateDirectory, stateDirectory } from '../src/state-directory.ts'

let shared: string
beforeEach(async () => {
  shared = await mkdtemp(join(tmpdir(), 'gatehouse-shared-'))
})
afterEach(() => rm(shared, { recursive: true, force: true }))

test('nothing is written to a state directory that others could write to', async () => {
  const state = stateDirectory(shared, 'default')
  await mkdir(state.root)
  await chmod(state.root, 0o777)
  await expect(createStateDirectory(state)).rejects.toMatchObject({ code: 'ERR_NOT_PRIVATE' })
  await expect(stat(state.pki)).rejects.toThrow(/ENOENT/)
})

const isRoot = process.getuid?.() === 0

test('a state directory that somebody else made before is refused', async ({ skip }) => {
  skip(!isRoot, 'only root can give a directory to somebody else')
  const state = stateDirectory(shared, 'default')
  await mkdir(state.root, { mode: 0o700 })
  await chown(state.root, 65_534, 65_534)
  await expect(createStateDirectory(state)).rejects.toThrow(/belongs to another user/)
  await expect(stat(state.pki)).rejects.toThrow(/ENOENT/)
})

test('a link that somebody else put in its place is refused', async ({ skip }) => {
  skip(!isRoot, 'only root can give a link to somebody else')
  await mkdir(join(shared, 'mine'), { mode: 0o700 })
  const state = stateDirectory(shared, 'default')
  await symlink(join(shared, 'mine'), state.root)
  await lchown(state.root, 65_534, 65_534)
  await expect(createStateDirectory(state)).rejects.toThrow(/belongs to another user/)
})
