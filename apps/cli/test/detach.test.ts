import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('a start into a directory that others can write to follows none of their links', async () => {
  const root = await mkdtemp(join(tmpdir(), 'gatehouse-cli-'))
  try {
    const precious = join(root, 'precious')
    await writeFile(precious, 'mine')
    await mkdir(join(root, 'default'))
    await symlink(precious, join(root, 'default', 'up.log'))
    await chmod(join(root, 'default'), 0o777)
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
    const env = { PATH: process.env['PATH'] ?? '', HOME: root, GATEHOUSE_STATE_DIR: root }
    const told = await new Promise<string>((resolve) => {
      execFile(process.execPath, [main, 'up', '--detach'], { env, cwd: root }, (_error, _stdout, stderr) => {
        resolve(stderr)
      })
    })
    expect(told).toContain('others may write to')
    expect(await readFile(precious, 'utf8')).toBe('mine')
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
