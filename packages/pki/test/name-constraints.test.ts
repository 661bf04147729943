import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createServerCertificate } from '../src/certificate.ts'
import { openCertificateAuthority, type PermittedNames } from '../src/index.ts'
import { generateKeyPair, privateKeyPem, signingKeyOf } from '../src/key.ts'
import { lifetimeOf } from '../src/pair.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { ask, type Files, openssl, startServer } from './tls.ts'

const PERMITTED = { dnsNames: ['localhost'], ipRanges: ['127.0.0.0/8', '::1/128'] }

async function setUp() {
  const { path, [Symbol.asyncDispose]: remove } = await temporaryDirectory()
  onTestFinished(() => remove())
  const open = (permitted?: PermittedNames) =>
    openCertificateAuthority(join(path, 'ca'), { commonName: 'Test CA', ...(permitted ? { permitted } : {}) })
  return { path, open, ca: await open(PERMITTED) }
}

/** What somebody signs who has got hold of the authority's key, past the checks of this package. */
async function steal(path: string, dnsNames: string[], ipAddresses: string[]): Promise<Files> {
  const [certificatePem, keyPem] = await Promise.all(
    ['ca/ca.crt', 'ca/ca.key'].map((file) => readFile(join(path, file), 'utf8')),
  )
  const signer = { certificatePem: certificatePem!, key: signingKeyOf(keyPem!) }
  const keys = await generateKeyPair()
  const files = { certificateFile: join(path, 'stolen.crt'), keyFile: join(path, 'stolen.key') }
  const request = {
    subject: { commonName: 'stolen', organizations: [] },
    names: { dnsNames, ipAddresses },
    publicKey: keys.publicKey,
    lifetime: lifetimeOf(certificatePem!),
  }
  await writeFile(files.certificateFile, await createServerCertificate(signer, request))
  await writeFile(files.keyFile, privateKeyPem(keys.privateKey))
  return files
}

const issue = ({ path, ca }: Awaited<ReturnType<typeof setUp>>) =>
  ca.issueServerCertificate({
    directory: path,
    name: 'server',
    dnsNames: ['localhost', 'a.b.localhost'],
    ipAddresses: ['127.8.9.10', '::1'],
  })

test.each(['localhost', 'a.b.localhost', '127.8.9.10', '::1'])(
  '%s is permitted and accepted',
  async (host) => {
    const made = await setUp()
    await using listening = await startServer(await issue(made))
    await expect(ask(listening.port, { ca: made.ca.certificatePem, host })).resolves.toBeDefined()
  },
)

test('openssl accepts what is permitted', async ({ skip }) => {
  if ((await openssl('version')) === undefined) skip('openssl is not installed')
  const made = await setUp()
  const { certificateFile } = await issue(made)
  const verified = await openssl(
    'verify',
    '-x509_strict',
    '-CAfile',
    made.ca.certificateFile,
    certificateFile,
  )
  expect(verified).toMatch(/: OK\n$/)
})

test.each([
  ['another name', 'bank.example', ['bank.example'], []],
  ['a name that only ends alike', 'evillocalhost', ['evillocalhost'], []],
  ['a wildcard', 'bank.example', ['*.example', 'localhost'], []],
  ['another address', '192.0.2.1', [], ['192.0.2.1']],
  ['another address of IPv6', '2001:db8::1', ['localhost'], ['2001:db8::1']],
])('a client refuses what a stolen key has signed for %s', async (_, host, dnsNames, ipAddresses) => {
  const { path, ca } = await setUp()
  const files = await steal(path, dnsNames, ipAddresses)
  await using listening = await startServer(files)
  await expect(ask(listening.port, { ca: ca.certificatePem, host })).rejects.toThrow(
    'permitted subtree violation',
  )
})

test.each([
  [['bank.example', 'a.localhost'], [], 'bank.example'],
  [['evillocalhost'], [], 'evillocalhost'],
  [['*.example'], ['127.0.0.1'], '*.example'],
  [[], ['192.0.2.1', '128.0.0.1'], '128.0.0.1, 192.0.2.1'],
  [['localhost'], ['::2'], '::2'],
])('to sign for %j and %j is refused with what is wrong', async (dnsNames, ipAddresses, wrong) => {
  const { path, ca } = await setUp()
  const issuing = ca.issueServerCertificate({ directory: path, name: 'server', dnsNames, ipAddresses })
  await expect(issuing).rejects.toMatchObject({
    code: 'ERR_INVALID_REQUEST',
    message: `the authority may not sign for ${wrong}, but only for localhost, 127.0.0.0/8, ::1/128`,
  })
})

test('an authority stays as long as it may sign for what is wanted', async () => {
  const { open, ca } = await setUp()
  expect((await open()).certificatePem).toBe(ca.certificatePem)
  expect((await open({ dnsNames: ['localhost'], ipRanges: ['::1/128'] })).certificatePem).toBe(
    ca.certificatePem,
  )
  const wider = await open({ ...PERMITTED, dnsNames: ['localhost', 'gatehouse.example'] })
  expect(wider.certificatePem).not.toBe(ca.certificatePem)
  expect((await open(PERMITTED)).certificatePem).toBe(wider.certificatePem)
})

test('an authority that may sign for everything is replaced', async () => {
  const { path } = await setUp()
  const free = await openCertificateAuthority(join(path, 'free'), { commonName: 'Test CA' })
  const options = { commonName: 'Test CA', permitted: PERMITTED }
  const restricted = await openCertificateAuthority(join(path, 'free'), options)
  expect(restricted.certificatePem).not.toBe(free.certificatePem)
})

test.each<[PermittedNames, string]>([
  [{ dnsNames: [], ipRanges: ['127.0.0.0/8'] }, 'one of them is missing'],
  [{ dnsNames: ['localhost'], ipRanges: [] }, 'one of them is missing'],
  [{ dnsNames: ['*.localhost'], ipRanges: ['127.0.0.1'] }, '*.localhost, 127.0.0.1'],
  [{ dnsNames: ['127.0.0.1'], ipRanges: ['::1/129'] }, '127.0.0.1, ::1/129'],
])('%j restricts nothing and is refused', async (permitted, wrong) => {
  const { path } = await setUp()
  const opening = openCertificateAuthority(join(path, 'other'), { commonName: 'Test CA', permitted })
  await expect(opening).rejects.toMatchObject({
    code: 'ERR_INVALID_REQUEST',
    message: expect.stringContaining(wrong) as string,
  })
})
