import { X509Certificate } from 'node:crypto'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openCertificateAuthority } from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const now = new Date('2026-03-01T12:00:00Z')
const inDays = (days: number) => new Date(now.getTime() + days * DAY_MS)

async function setUp() {
  const made = await temporaryDirectory()
  onTestFinished(() => made[Symbol.asyncDispose]())
  const at = (date: Date, name = 'ca') =>
    openCertificateAuthority(join(made.path, name), { commonName: 'Test CA', now: () => date })
  const request = {
    directory: join(made.path, 'issued'),
    name: 'proxy',
    dnsNames: ['a.localhost', 'b.localhost'],
    ipAddresses: ['127.0.0.1', '::1'],
  }
  return { at, request }
}

const serialOf = async (files: { certificateFile: string }) =>
  new X509Certificate(await readFile(files.certificateFile)).serialNumber

test('files are for their owner alone', async () => {
  const { at, request } = await setUp()
  const files = await (await at(now)).issueServerCertificate(request)
  expect(files).toEqual({
    certificateFile: join(request.directory, 'proxy.crt'),
    keyFile: join(request.directory, 'proxy.key'),
  })
  const modes = await Promise.all(
    [request.directory, files.certificateFile, files.keyFile].map((path) => stat(path)),
  )
  expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '600', '600'])
})

test('a server certificate lives less than 398 days, and begins a little in the past', async () => {
  const { at, request } = await setUp()
  const files = await (await at(now)).issueServerCertificate(request)
  const { validFromDate, validToDate } = new X509Certificate(await readFile(files.certificateFile))
  expect(validFromDate).toEqual(new Date(now.getTime() - 5 * 60_000))
  expect((validToDate.getTime() - validFromDate.getTime()) / DAY_MS).toBeLessThanOrEqual(397)
})

test('nothing outlives the authority', async () => {
  const { at, request } = await setUp()
  const ca = await at(now)
  const forever = await ca.issueClientCertificate({
    directory: request.directory,
    name: 'c',
    commonName: 'x',
    validForSeconds: 100 * 365 * 24 * 60 * 60,
  })
  const client = new X509Certificate(await readFile(forever.certificateFile))
  expect(client.validToDate).toEqual(new X509Certificate(ca.certificatePem).validToDate)
})

test('the same request keeps the certificate, however its names are ordered or written', async () => {
  const { at, request } = await setUp()
  const first = await serialOf(await (await at(now)).issueServerCertificate(request))
  const again = await (
    await at(inDays(200))
  ).issueServerCertificate({
    ...request,
    dnsNames: ['B.localhost', 'a.localhost', 'a.localhost'],
    ipAddresses: ['0:0:0:0:0:0:0:1', '127.0.0.1'],
  })
  expect(await serialOf(again)).toBe(first)
})

test.each(['a name more', 'a name less', 'another address', 'another common name'] as const)(
  'a request with %s gets a new certificate',
  async (kind) => {
    const { at, request } = await setUp()
    const ca = await at(now)
    const first = await serialOf(await ca.issueServerCertificate(request))
    const change = {
      'a name more': { dnsNames: [...request.dnsNames, 'c.localhost'] },
      'a name less': { dnsNames: ['a.localhost'] },
      'another address': { ipAddresses: ['127.0.0.1', '::2'] },
      'another common name': { commonName: 'other' },
    }[kind]
    expect(await serialOf(await ca.issueServerCertificate({ ...request, ...change }))).not.toBe(first)
  },
)

test('in the last third of its life a certificate is renewed, with a new key', async () => {
  const { at, request } = await setUp()
  const files = await (await at(now)).issueServerCertificate(request)
  const [serial, key] = [await serialOf(files), await readFile(files.keyFile, 'utf8')]
  await (await at(inDays(260))).issueServerCertificate(request)
  expect(await serialOf(files)).toBe(serial)
  await (await at(inDays(270))).issueServerCertificate(request)
  expect(await serialOf(files)).not.toBe(serial)
  expect(await readFile(files.keyFile, 'utf8')).not.toBe(key)
})

test('a certificate of another authority is replaced', async () => {
  const { at, request } = await setUp()
  const files = await (await at(now, 'first')).issueServerCertificate(request)
  const second = await at(now, 'second')
  await second.issueServerCertificate(request)
  const certificate = new X509Certificate(await readFile(files.certificateFile))
  expect(certificate.verify(new X509Certificate(second.certificatePem).publicKey)).toBe(true)
})

test.each(['exposed', 'foreign', 'broken', 'empty'] as const)(
  'a pair whose key is %s is replaced',
  async (kind) => {
    const { at, request } = await setUp()
    const ca = await at(now)
    const files = await ca.issueServerCertificate(request)
    const serial = await serialOf(files)
    const other = await ca.issueServerCertificate({ ...request, name: 'other' })
    if (kind === 'exposed') await chmod(files.keyFile, 0o640)
    if (kind === 'foreign') await writeFile(files.keyFile, await readFile(other.keyFile))
    if (kind === 'broken') await writeFile(files.keyFile, 'no key')
    if (kind === 'empty') await writeFile(files.keyFile, '')
    await ca.issueServerCertificate(request)
    expect(await serialOf(files)).not.toBe(serial)
    expect((await stat(files.keyFile)).mode & 0o777).toBe(0o600)
  },
)

test('a client certificate is kept for the same user and groups, and made anew for others', async () => {
  const { at, request } = await setUp()
  const ca = await at(now)
  const client = { directory: request.directory, name: 'c', commonName: 'x', organizations: ['g1', 'g2'] }
  const first = await serialOf(await ca.issueClientCertificate(client))
  expect(await serialOf(await ca.issueClientCertificate(client))).toBe(first)
  const second = await serialOf(await ca.issueClientCertificate({ ...client, organizations: ['g1'] }))
  expect(second).not.toBe(first)
  expect(await serialOf(await ca.issueClientCertificate({ ...client, commonName: 'y' }))).not.toBe(second)
})

test('asking for a shorter life never gets a certificate that lives longer', async () => {
  const { at, request } = await setUp()
  const ca = await at(now)
  const client = { directory: request.directory, name: 'c', commonName: 'x' }
  const long = await serialOf(await ca.issueClientCertificate(client))
  const files = await ca.issueClientCertificate({ ...client, validForSeconds: 3600 })
  expect(await serialOf(files)).not.toBe(long)
  const { validToDate } = new X509Certificate(await readFile(files.certificateFile))
  expect(validToDate).toEqual(new Date(now.getTime() + 3_600_000))
})

test.each([
  ['no names', { dnsNames: [], ipAddresses: [] }, /at least one DNS name or IP address/],
  [
    'an address among the names',
    { dnsNames: ['10.0.0.1'] },
    /"10.0.0.1" is an IP address; give it in ipAddresses/,
  ],
  ['a name among the addresses', { ipAddresses: ['localhost'] }, /"localhost" is not an IP address/],
  ['a name with a line break', { dnsNames: ['a\nb'] }, /is not a DNS name/],
  ['a name with a null byte', { dnsNames: ['a.localhost\0.evil'] }, /is not a DNS name/],
  ['a URL', { dnsNames: ['https://a'] }, /is not a DNS name/],
  ['a lone wildcard', { dnsNames: ['*'] }, /is not a DNS name/],
  ['a wildcard inside', { dnsNames: ['a.*.localhost'] }, /is not a DNS name/],
  ['a path for a name', { name: '../ca' }, /can't be a file name/],
  ['a hidden file', { name: '.lock' }, /can't be a file name/],
  ["the authority's own name", { name: 'CA' }, /choose another/],
  ['an empty common name', { commonName: '' }, /must not be empty/],
])('a server certificate with %s is refused', async (_, change, message) => {
  const { at, request } = await setUp()
  const asked = (await at(now)).issueServerCertificate({ ...request, ...change })
  await expect(asked).rejects.toMatchObject({
    code: 'ERR_INVALID_REQUEST',
    message: expect.stringMatching(message),
  })
})

test.each([
  ['an empty user', { commonName: '' }],
  ['an empty group', { organizations: [''] }],
  ['no life', { validForSeconds: 0 }],
  ['a negative life', { validForSeconds: -1 }],
  ['an endless life', { validForSeconds: Infinity }],
])('a client certificate with %s is refused', async (_, change) => {
  const { at, request } = await setUp()
  const asked = (await at(now)).issueClientCertificate({
    directory: request.directory,
    name: 'c',
    commonName: 'x',
    ...change,
  })
  await expect(asked).rejects.toMatchObject({ code: 'ERR_INVALID_REQUEST' })
})
