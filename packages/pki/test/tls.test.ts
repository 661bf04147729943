import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openCertificateAuthority } from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { ask, openssl, startServer } from './tls.ts'

async function setUp() {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  const ca = await openCertificateAuthority(join(directory.path, 'ca'), { commonName: 'Test CA' })
  const issued = join(directory.path, 'issued')
  const server = await ca.issueServerCertificate({
    directory: issued,
    name: 'proxy',
    dnsNames: ['proxy.gatehouse.localhost', '*.apps.gatehouse.localhost'],
    ipAddresses: ['127.0.0.1', '::1'],
  })
  return { path: directory.path, issued, ca, server }
}

test.each(['proxy.gatehouse.localhost', 'x.apps.gatehouse.localhost', '127.0.0.1', '::1'])(
  'a client that trusts the CA reaches %s',
  async (host) => {
    const { ca, server } = await setUp()
    await using listening = await startServer(server)
    await expect(ask(listening.port, { ca: ca.certificatePem, host })).resolves.toMatchObject({
      authorized: false,
    })
  },
)

test.each([
  'other.gatehouse.localhost',
  'gatehouse.localhost',
  'a.b.apps.gatehouse.localhost',
  '127.0.0.2',
  '::2',
])('the certificate is refused for %s', async (host) => {
  const { ca, server } = await setUp()
  await using listening = await startServer(server)
  await expect(ask(listening.port, { ca: ca.certificatePem, host })).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
})

test('a client that trusts another CA of the same name refuses the server', async () => {
  const { path, server } = await setUp()
  const other = await openCertificateAuthority(join(path, 'other'), { commonName: 'Test CA' })
  await using listening = await startServer(server)
  await expect(ask(listening.port, { ca: other.certificatePem, host: '127.0.0.1' })).rejects.toThrow(
    'unable to verify the first certificate',
  )
})

test('a server that requires a client certificate accepts the one of its CA and knows user and groups', async () => {
  const { issued, ca, server } = await setUp()
  const client = await ca.issueClientCertificate({
    directory: issued,
    name: 'admin',
    commonName: 'system:admin',
    organizations: ['system:masters', 'ops'],
  })
  const options = { requestCert: true, rejectUnauthorized: true, ca: ca.certificatePem }
  await using listening = await startServer(server, options)
  await expect(ask(listening.port, { ca: ca.certificatePem, host: '127.0.0.1', client })).resolves.toEqual({
    authorized: true,
    subject: expect.objectContaining({ CN: 'system:admin', O: ['system:masters', 'ops'] }),
  })
})

test.each(['no certificate', 'a certificate of another CA', 'a server certificate'] as const)(
  'a server that requires a client certificate refuses %s',
  async (kind) => {
    const { path, issued, ca, server } = await setUp()
    const other = await openCertificateAuthority(join(path, 'other'), { commonName: 'Test CA' })
    const client = {
      'no certificate': undefined,
      'a certificate of another CA': await other.issueClientCertificate({
        directory: issued,
        name: 'foreign',
        commonName: 'admin',
      }),
      'a server certificate': server,
    }[kind]
    const options = { requestCert: true, rejectUnauthorized: true, ca: ca.certificatePem }
    await using listening = await startServer(server, options)
    const asked = ask(listening.port, {
      ca: ca.certificatePem,
      host: '127.0.0.1',
      ...(client ? { client } : {}),
    })
    await expect(asked).rejects.toThrow(/certificate required|closed|ECONNRESET/)
  },
)

test('a client certificate does not serve', async () => {
  const { issued, ca } = await setUp()
  const client = await ca.issueClientCertificate({ directory: issued, name: 'c', commonName: '127.0.0.1' })
  await using listening = await startServer(client)
  await expect(ask(listening.port, { ca: ca.certificatePem, host: '127.0.0.1' })).rejects.toThrow(
    'unsuitable certificate purpose',
  )
})

test('what is in a user or group name stays there', async () => {
  const { issued, ca, server } = await setUp()
  const commonName = 'mallory, O=system:masters+CN=admin'
  const organizations = ['#0c0e73797374656d3a6d617374657273', 'a\\,b"c=ü']
  const client = await ca.issueClientCertificate({ directory: issued, name: 'm', commonName, organizations })
  await using listening = await startServer(server, { requestCert: true, ca: ca.certificatePem })
  const { subject } = await ask(listening.port, { ca: ca.certificatePem, host: '127.0.0.1', client })
  expect(subject).toEqual(expect.objectContaining({ CN: commonName, O: organizations }))
})

const text = (file: string) => openssl('x509', '-noout', '-text', '-in', file)

test('openssl agrees with the chain and the extensions', async ({ skip }) => {
  const { issued, ca, server } = await setUp()
  const client = await ca.issueClientCertificate({
    directory: issued,
    name: 'c',
    commonName: 'a',
    organizations: ['b'],
  })
  if ((await openssl('version')) === undefined) skip('openssl is not installed')
  const verify = (purpose: string, file: string) =>
    openssl('verify', '-x509_strict', '-purpose', purpose, '-CAfile', ca.certificateFile, file)
  expect(await verify('sslserver', server.certificateFile)).toMatch(/: OK\n$/)
  expect(await verify('sslclient', client.certificateFile)).toMatch(/: OK\n$/)
  await expect(verify('sslclient', server.certificateFile)).rejects.toThrow('unsuitable certificate purpose')
  await expect(verify('sslserver', client.certificateFile)).rejects.toThrow('unsuitable certificate purpose')

  expect(await text(ca.certificateFile)).toMatch(
    /Basic Constraints: critical\s+CA:TRUE, pathlen:0\s+X509v3 Key Usage: critical\s+Certificate Sign, CRL Sign/,
  )
  const leaf = await text(server.certificateFile)
  expect(leaf).toMatch(/Basic Constraints: critical\s+CA:FALSE/)
  expect(leaf).toMatch(/Key Usage: critical\s+Digital Signature\n/)
  expect(leaf).toMatch(/Extended Key Usage:\s+TLS Web Server Authentication\n/)
  expect(leaf).toContain('IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
  const subjectKey = /Subject Key Identifier:\s+([0-9A-F:]{59})/.exec(
    (await text(ca.certificateFile)) ?? '',
  )?.[1]
  const authorityKey = /Authority Key Identifier:\s+([0-9A-F:]{59})/.exec(leaf ?? '')?.[1]
  expect(authorityKey).toBeDefined()
  expect(authorityKey).toBe(subjectKey)
})
