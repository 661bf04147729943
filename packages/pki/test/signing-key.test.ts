import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { ensureSigningKey } from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function setUp() {
  const made = await temporaryDirectory()
  onTestFinished(() => made[Symbol.asyncDispose]())
  return { path: made.path, files: await ensureSigningKey(made.path, 'sa') }
}

test('what the private key signs, the public key verifies, and only the owner can read them', async () => {
  const { files } = await setUp()
  const data = Buffer.from('token')
  const signature = sign('sha256', data, createPrivateKey(await readFile(files.privateKeyFile, 'utf8')))
  expect(
    verify('sha256', data, createPublicKey(await readFile(files.publicKeyFile, 'utf8')), signature),
  ).toBe(true)
  expect((await stat(files.privateKeyFile)).mode & 0o777).toBe(0o600)
})

test('a public key that is missing or another one is written anew', async () => {
  const { path, files } = await setUp()
  const right = await readFile(files.publicKeyFile, 'utf8')
  await rm(files.publicKeyFile)
  await ensureSigningKey(path, 'sa')
  expect(await readFile(files.publicKeyFile, 'utf8')).toBe(right)
  const other = await ensureSigningKey(path, 'other')
  await writeFile(files.publicKeyFile, await readFile(other.publicKeyFile))
  await ensureSigningKey(path, 'sa')
  expect(await readFile(files.publicKeyFile, 'utf8')).toBe(right)
})

test('a key that others may read is refused', async () => {
  const { path, files } = await setUp()
  await chmod(files.privateKeyFile, 0o644)
  await expect(ensureSigningKey(path, 'sa')).rejects.toMatchObject({ code: 'ERR_KEY_EXPOSED' })
})

test('a file that is no key is refused, not replaced', async () => {
  const { path, files } = await setUp()
  await writeFile(files.privateKeyFile, 'hello')
  await expect(ensureSigningKey(path, 'sa')).rejects.toMatchObject({ code: 'ERR_UNREADABLE' })
  expect(await readFile(files.privateKeyFile, 'utf8')).toBe('hello')
})

test('a name that leaves the directory is refused', async () => {
  const { path } = await setUp()
  await expect(ensureSigningKey(path, '../sa')).rejects.toMatchObject({ code: 'ERR_INVALID_REQUEST' })
})
