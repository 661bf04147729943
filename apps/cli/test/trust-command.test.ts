import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCertificateAuthority } from '@gatehouse/pki'
import type { StoreReport } from '@gatehouse/trust'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'

const CLI = join(import.meta.dirname, '../src/main.ts')
const hasCertutil = (await execa('certutil', ['-H'], { reject: false })).code !== 'ENOENT'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-trust-'))
  await mkdir(join(directory, 'home'))
  await openCertificateAuthority(join(directory, 'state/default/pki'), { commonName: 'Test CA' })
})
afterAll(() => rm(directory, { recursive: true }))

/** `gatehouse trust` in a home of its own, for a system without a store. */
function trust(...options: string[]) {
  return execa(process.execPath, [CLI, 'trust', '--root', join(directory, 'root'), ...options], {
    env: { HOME: join(directory, 'home'), GATEHOUSE_STATE_DIR: join(directory, 'state') },
    reject: false,
  })
}

const statesOf = (stdout: string) =>
  (JSON.parse(stdout) as StoreReport[]).map(({ title, state }) => [title, state])

test.runIf(hasCertutil)('trusts, tells, forgets', async () => {
  expect(await trust('--status')).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/^! Chromium {2}not trusted /),
  })
  expect(await trust()).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^✓ Chromium {2}trusted from now on /),
  })
  expect(await trust('--status')).toMatchObject({ exitCode: 0 })
  // The stack's directory may be gone by then.
  await rm(join(directory, 'state'), { recursive: true })
  const removed = await trust('--remove', '--json')
  expect(removed.exitCode).toBe(0)
  expect(statesOf(removed.stdout)).toEqual([['Chromium', 'absent']])
})

test('a stack without an authority, and options that exclude each other, are told before anything is done', async () => {
  expect(await trust('--name', 'never')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('the stack "never" has no certificate authority yet'),
  })
  expect(await trust('--remove', '--status')).toMatchObject({ exitCode: 2 })
})
