import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  makePrivateDirectory,
  problemWithDirectory,
  problemWithParent,
  writePrivateFile,
} from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function emptyDirectory(): Promise<string> {
  const made = await temporaryDirectory()
  onTestFinished(() => made[Symbol.asyncDispose]())
  return made.path
}

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

test('a directory that others could read is closed', async () => {
  const path = join(await emptyDirectory(), 'mine')
  await mkdir(path, { mode: 0o755 })
  await makePrivateDirectory(path, 'choose another')
  expect((await stat(path)).mode & 0o777).toBe(0o700)
})

test('one that others could write to is refused, with what to do', async () => {
  const path = join(await emptyDirectory(), 'open')
  await mkdir(path)
  await chmod(path, 0o777)
  await expect(makePrivateDirectory(path, 'choose another')).rejects.toMatchObject({
    code: 'ERR_NOT_PRIVATE',
    message: expect.stringMatching(/others may write to .*; choose another$/),
  })
})

test('a file is for its owner alone, whatever the umask and whatever it was before', async () => {
  const previous = process.umask(0)
  onTestFinished(() => void process.umask(previous))
  const file = join(await emptyDirectory(), 'secret')
  await writeFile(file, 'old', { mode: 0o644 })
  await writePrivateFile(file, 'new')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readFile(file, 'utf8')).toBe('new')
})

test('readers never see half a file, and nothing is left beside it', async () => {
  const path = await emptyDirectory()
  const file = join(path, 'secret')
  const whole = 'x'.repeat(100_000)
  await writePrivateFile(file, whole)
  const writes = Array.from({ length: 20 }, () => writePrivateFile(file, whole))
  const reads = Array.from({ length: 40 }, () => readFile(file, 'utf8'))
  expect(new Set(await Promise.all(reads))).toEqual(new Set([whole]))
  await Promise.all(writes)
  expect(await readdir(path)).toEqual(['secret'])
})

test('a write that fails leaves nothing behind', async () => {
  const path = await emptyDirectory()
  await mkdir(join(path, 'taken'))
  await writeFile(join(path, 'taken', 'x'), '')
  await expect(writePrivateFile(join(path, 'taken'), 'x')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/)
  expect(await readdir(path)).toEqual(['taken'])
})
