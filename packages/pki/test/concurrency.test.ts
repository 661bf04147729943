import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { ensureSigningKey, openCertificateAuthority } from '../src/index.ts'
import { withDirectoryLock } from '../src/private-files.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const run = promisify(execFile)
const program = join(import.meta.dirname, 'open-and-issue.ts')

async function directory(): Promise<string> {
  const made = await temporaryDirectory()
  onTestFinished(() => made[Symbol.asyncDispose]())
  return made.path
}

async function matches(path: string, name: string): Promise<boolean> {
  const [certificate, key] = await Promise.all(
    ['crt', 'key'].map((type) => readFile(join(path, `${name}.${type}`), 'utf8')),
  )
  return new X509Certificate(certificate!).checkPrivateKey(createPrivateKey(key!))
}

test('processes that open one directory at the same time get one authority, and every pair matches', async () => {
  const path = await directory()
  const opened = await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (name) => (await run(process.execPath, [program, path, name])).stdout),
  )
  expect(new Set(opened).size).toBe(1)
  expect(opened[0]).toBe(await readFile(join(path, 'ca', 'ca.crt'), 'utf8'))
  expect(await matches(join(path, 'ca'), 'ca')).toBe(true)
  expect(await matches(join(path, 'issued'), 'proxy')).toBe(true)
  expect(await readdir(join(path, 'issued'))).toEqual(['proxy.crt', 'proxy.key'])
})

test('calls in one process that open one directory at the same time get one authority', async () => {
  const path = await directory()
  const opened = await Promise.all(
    Array.from({ length: 8 }, () => openCertificateAuthority(join(path, 'ca'), { commonName: 'Test CA' })),
  )
  expect(new Set(opened.map(({ certificatePem }) => certificatePem)).size).toBe(1)
  expect(await readdir(join(path, 'ca'))).toEqual(['ca.crt', 'ca.key'])
})

test('the lock of a process that was killed is broken', async () => {
  const path = join(await directory(), 'ca')
  await mkdir(join(path, '.lock'), { recursive: true })
  await utimes(join(path, '.lock'), new Date(0), new Date(0))
  await openCertificateAuthority(path, { commonName: 'Test CA' })
  expect(await readdir(path)).toEqual(['ca.crt', 'ca.key'])
})

test('nothing is written while another process holds the lock', async () => {
  const parent = await directory()
  const path = join(parent, 'ca')
  await mkdir(path)
  const held = Promise.withResolvers<void>()
  const holding = withDirectoryLock(path, () => held.promise)
  await expect.poll(() => readdir(path)).toEqual(['.lock'])
  const opening = openCertificateAuthority(path, { commonName: 'Test CA' })
  // As long as it takes elsewhere, where nobody holds the lock.
  await openCertificateAuthority(join(parent, 'other'), { commonName: 'Test CA' })
  expect(await readdir(path)).toEqual(['.lock'])
  held.resolve()
  await Promise.all([holding, opening])
  expect(await matches(path, 'ca')).toBe(true)
})

test('signing keys are made once, even by many at the same time', async () => {
  const path = await directory()
  const made = await Promise.all(Array.from({ length: 5 }, () => ensureSigningKey(path, 'service-account')))
  const [first] = made
  const key = await readFile(first!.privateKeyFile, 'utf8')
  await ensureSigningKey(path, 'service-account')
  expect(await readFile(first!.privateKeyFile, 'utf8')).toBe(key)
  expect(await readdir(path)).toEqual(['service-account.key', 'service-account.pub'])
})
