import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeRunDirectory } from '../src/paths/kubectl/run-directory.ts'

test('what killed runs have left goes, and what runs that go on have stays', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'gatehouse-run-directory-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  const ended = execFileSync(process.execPath, ['--print', 'process.pid'], { encoding: 'utf8' }).trim()
  await mkdir(join(parent, `kubectl-${ended}-abc`))
  await writeFile(join(parent, `kubectl-${ended}-abc`, 'admin.yaml'), 'token')
  await writeFile(join(parent, 'journal.jsonl'), '')
  const first = await makeRunDirectory(parent)
  const second = await makeRunDirectory(parent)
  expect((await readdir(parent)).toSorted()).toEqual(
    ['journal.jsonl', basename(first), basename(second)].toSorted(),
  )
  expect((await stat(second)).mode & 0o777).toBe(0o700)
})
