import { chmod, chown, lchown, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makePrivateDirectory, problemWithDirectory, problemWithParent } from '../src/private-directory.ts'
import { createStateDirectory, stateDirectory } from '../src/state-directory.ts'

const me = { uid: 1000, gid: 1000 }
const directory = (uid: number, mode: number, gid = 1000) => ({
  path: '/tmp/state',
  uid,
  gid,
  mode: 0o040000 | mode,
})

test.each([
  ['mine and closed', directory(1000, 0o700), undefined],
  ['mine and readable', directory(1000, 0o755), undefined],
  ['mine, and writable by my own group', directory(1000, 0o775), undefined],
  [
    'mine, and writable by another group',
    directory(1000, 0o770, 50),
    expect.stringContaining('others may write'),
  ],
  ['mine, and writable by everybody', directory(1000, 0o777), expect.stringContaining('others may write')],
  [
    'mine, sticky and writable by everybody',
    directory(1000, 0o1777),
    expect.stringContaining('others may write'),
  ],
  ['somebody else’s', directory(1001, 0o700), expect.stringContaining('belongs to another user (uid 1001)')],
  ['root’s', directory(0, 0o755), expect.stringContaining('belongs to another user')],
])('a state directory that is %s', (_what, facts, problem) => {
  expect(problemWithDirectory(facts, me)).toEqual(problem)
})

test.each([
  ['mine', directory(1000, 0o755), undefined],
  ['root’s', directory(0, 0o755), undefined],
  ['/tmp', directory(0, 0o1777), undefined],
  ['shared without the sticky bit', directory(0, 0o777), expect.stringContaining('others may write')],
  ['somebody else’s', directory(1001, 0o755), expect.stringContaining('belongs to another user')],
  [
    'somebody else’s, and sticky',
    directory(1001, 0o1777),
    expect.stringContaining('belongs to another user'),
  ],
])('a directory around the state directory that is %s', (_what, facts, problem) => {
  expect(problemWithParent(facts, me)).toEqual(problem)
})

let shared: string
beforeEach(async () => {
  shared = await mkdtemp(join(tmpdir(), 'gatehouse-shared-'))
})
afterEach(() => rm(shared, { recursive: true, force: true }))

test('a directory that others could read is closed', async () => {
  const path = join(shared, 'mine')
  await mkdir(path, { mode: 0o755 })
  await makePrivateDirectory(path)
  expect((await stat(path)).mode & 0o777).toBe(0o700)
})

test('nothing is written to a state directory that others could write to', async () => {
  const state = stateDirectory(shared, 'default')
  await mkdir(state.root)
  await chmod(state.root, 0o777)
  await expect(createStateDirectory(state)).rejects.toMatchObject({ code: 'ERR_STATE' })
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
