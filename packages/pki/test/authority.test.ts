import { X509Certificate } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openCertificateAuthority } from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const DAY_MS = 24 * 60 * 60 * 1000

async function directory(): Promise<string> {
  const made = await temporaryDirectory()
  onTestFinished(() => made[Symbol.asyncDispose]())
  return join(made.path, 'ca')
}

const open = (path: string, now?: Date) =>
  openCertificateAuthority(path, { commonName: 'Test CA', ...(now ? { now: () => now } : {}) })

const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

test('the first open makes an authority that only its owner can read', async () => {
  const previous = process.umask(0)
  onTestFinished(() => void process.umask(previous))
  const path = await directory()
  const ca = await open(path)
  expect(await mode(path)).toBe('700')
  expect(await mode(join(path, 'ca.key'))).toBe('600')
  expect(await mode(ca.certificateFile)).toBe('600')
  expect(await readFile(ca.certificateFile, 'utf8')).toBe(ca.certificatePem)
  expect(await readdir(path)).toEqual(['ca.crt', 'ca.key'])
})

test('the next open finds the same authority', async () => {
  const path = await directory()
  expect((await open(path)).certificatePem).toBe((await open(path)).certificatePem)
})

test('it lives ten years, begins in the past, and has a random serial number', async () => {
  const path = await directory()
  const now = new Date('2026-03-01T12:00:00Z')
  const certificate = new X509Certificate((await open(path, now)).certificatePem)
  expect(certificate.validFromDate).toEqual(new Date('2026-03-01T11:55:00Z'))
  expect(certificate.validToDate.getTime()).toBe(now.getTime() + 3650 * DAY_MS)
  expect(certificate.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/)
  await rm(path, { recursive: true })
  expect(new X509Certificate((await open(path, now)).certificatePem).serialNumber).not.toBe(
    certificate.serialNumber,
  )
})

test('in the last third of its life it is made anew', async () => {
  const path = await directory()
  const now = new Date('2026-03-01T12:00:00Z')
  const first = await open(path, now)
  const early = await open(path, new Date(now.getTime() + 2400 * DAY_MS))
  expect(early.certificatePem).toBe(first.certificatePem)
  const late = await open(path, new Date(now.getTime() + 2450 * DAY_MS))
  expect(late.certificatePem).not.toBe(first.certificatePem)
  const certificate = new X509Certificate(late.certificatePem)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
})

test.each([0o640, 0o604, 0o660, 0o602, 0o644])(
  'a key of mode %o is refused, with the command that repairs it',
  async (bits) => {
    const path = await directory()
    await open(path)
    await chmod(join(path, 'ca.key'), bits)
    await expect(open(path)).rejects.toMatchObject({
      code: 'ERR_KEY_EXPOSED',
      message: expect.stringContaining(`chmod 600 '${join(path, 'ca.key')}'`),
    })
  },
)

test('a directory that others may enter is closed', async () => {
  const path = await directory()
  await mkdir(path, { mode: 0o755 })
  await open(path)
  expect(await mode(path)).toBe('700')
})

test('a certificate whose key is missing or another is refused, and nothing is overwritten', async () => {
  const [path, other] = [await directory(), await directory()]
  const { certificatePem } = await open(path)
  await open(other)
  const key = await readFile(join(other, 'ca.key'), 'utf8')
  await rename(join(other, 'ca.key'), join(path, 'ca.key'))
  await expect(open(path)).rejects.toMatchObject({ code: 'ERR_INCOMPLETE_AUTHORITY' })
  expect(await readFile(join(path, 'ca.key'), 'utf8')).toBe(key)
  await rm(join(path, 'ca.key'))
  await expect(open(path)).rejects.toMatchObject({ code: 'ERR_INCOMPLETE_AUTHORITY' })
  expect(await readFile(join(path, 'ca.crt'), 'utf8')).toBe(certificatePem)
})

test('a start that was interrupted before the certificate was written goes through the next time', async () => {
  const path = await directory()
  await open(path)
  await rm(join(path, 'ca.crt'))
  const { certificatePem } = await open(path)
  expect(await readFile(join(path, 'ca.crt'), 'utf8')).toBe(certificatePem)
})
