import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { connect, type TLSSocket } from 'node:tls'
import { openCertificateAuthority } from '@gatehouse/pki'
import { expect, onTestFinished, test } from 'vitest'
import {
  ConfigurationError,
  createLogger,
  listen,
  serverOptions,
  tlsOptions,
  watchTls,
} from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function setUp() {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  const ca = await openCertificateAuthority(join(directory.path, 'ca'), { commonName: 'Test CA' })
  const issue = (name: string, dnsName = `${name}.localhost`) =>
    ca.issueServerCertificate({ directory: directory.path, name, dnsNames: [dnsName], ipAddresses: [] })
  const files = await issue('served', 'old.localhost')
  const lines: string[] = []
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
  const logger = createLogger({ name: 'test', destination })
  return { directory: directory.path, ca, issue, files, lines, logger }
}

async function serve(setup: Awaited<ReturnType<typeof setUp>>, context = {}) {
  const tls = await watchTls({ ...setup.files, logger: setup.logger })
  onTestFinished(() => tls[Symbol.asyncDispose]())
  const server = createServer({ ...serverOptions, ...tlsOptions }, (_, response) => response.end('hello'))
  tls.attach(server, context)
  const address = await listen(server, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { tls, port: Number(address.split(':')[1]) }
}

async function dial(port: number, ca: string, options = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca, checkServerIdentity: () => undefined, ...options })
  await once(socket, 'secureConnect')
  onTestFinished(() => void socket.destroy())
  return socket
}

async function nameServed(port: number, ca: string): Promise<string | undefined> {
  const socket = await dial(port, ca)
  const { subjectaltname } = socket.getPeerCertificate()
  socket.destroy()
  return subjectaltname
}

test('a renewed certificate is served without a restart, and open connections go on', async () => {
  const setup = await setUp()
  const { port, tls } = await serve(setup)
  const { certificatePem } = setup.ca
  expect(await nameServed(port, certificatePem)).toBe('DNS:old.localhost')
  const open = await dial(port, certificatePem)

  await setup.issue('served', 'new.localhost')
  await expect.poll(() => nameServed(port, certificatePem)).toBe('DNS:new.localhost')
  expect(tls.current().cert).toBe(await readFile(setup.files.certificateFile, 'utf8'))

  open.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const [answer] = (await once(open, 'data')) as [Buffer]
  expect(answer.toString()).toContain('200 OK')
})

test('a pair that is swapped in by a symbolic link, as Kubernetes does it, is noticed', async () => {
  const setup = await setUp()
  const { directory } = setup
  const versions = { first: await setup.issue('first'), second: await setup.issue('second') }
  for (const [version, files] of Object.entries(versions)) {
    await mkdir(join(directory, 'mount', version), { recursive: true })
    await rename(files.certificateFile, join(directory, 'mount', version, 'tls.crt'))
    await rename(files.keyFile, join(directory, 'mount', version, 'tls.key'))
  }
  await symlink('first', join(directory, 'mount', '..data'))
  const files = {
    certificateFile: join(directory, 'mount', 'tls.crt'),
    keyFile: join(directory, 'mount', 'tls.key'),
  }
  await symlink('..data/tls.crt', files.certificateFile)
  await symlink('..data/tls.key', files.keyFile)
  const { port } = await serve({ ...setup, files })
  expect(await nameServed(port, setup.ca.certificatePem)).toBe('DNS:first.localhost')
  await symlink('second', join(directory, 'mount', '..data_tmp'))
  await rename(join(directory, 'mount', '..data_tmp'), join(directory, 'mount', '..data'))
  await expect.poll(() => nameServed(port, setup.ca.certificatePem)).toBe('DNS:second.localhost')
})

test.each([
  ['is no PEM', (file: string) => writeFile(file, 'broken')],
  ['is empty', (file: string) => writeFile(file, '')],
  ['is gone', (file: string) => rm(file)],
] as const)('a new certificate that %s is logged, and the old one stays', async (_, damage) => {
  const setup = await setUp()
  const { port } = await serve(setup)
  await damage(setup.files.certificateFile)
  await expect.poll(() => setup.lines.join('')).toContain('the old one stays')
  expect(await nameServed(port, setup.ca.certificatePem)).toBe('DNS:old.localhost')
  expect(setup.lines.join('')).not.toContain('PRIVATE KEY')
})

test('a certificate that does not belong to the key is not taken until its key is there', async () => {
  const setup = await setUp()
  const { port } = await serve(setup)
  const next = await setup.issue('next')
  await copyFile(next.certificateFile, setup.files.certificateFile)
  await expect.poll(() => setup.lines.join('')).toContain('the old one stays')
  expect(await nameServed(port, setup.ca.certificatePem)).toBe('DNS:old.localhost')
  await copyFile(next.keyFile, setup.files.keyFile)
  await expect.poll(() => nameServed(port, setup.ca.certificatePem)).toBe('DNS:next.localhost')
})

test('an expired certificate does not replace one that is valid', async () => {
  const setup = await setUp()
  const { port } = await serve(setup)
  const past = await openCertificateAuthority(join(setup.directory, 'past'), {
    commonName: 'Past',
    now: () => new Date('2020-01-01'),
  })
  await past.issueServerCertificate({
    directory: setup.directory,
    name: 'served',
    dnsNames: ['past.localhost'],
    ipAddresses: [],
  })
  await expect.poll(() => setup.lines.join('')).toMatch(/expired at .*the old one stays/s)
  expect(await nameServed(port, setup.ca.certificatePem)).toBe('DNS:old.localhost')
})

test('the first pair must be good: its problem names the file', async () => {
  const { files, logger } = await setUp()
  await writeFile(files.keyFile, 'broken')
  await expect(watchTls({ ...files, logger })).rejects.toThrow(ConfigurationError)
  await expect(watchTls({ ...files, logger })).rejects.toThrow(
    `served.crt: is not usable with the key ${files.keyFile}`,
  )
  const missing = join('/nowhere', randomUUID())
  await expect(watchTls({ ...files, certificateFile: missing, logger })).rejects.toThrow(
    "the PEM file can't be read",
  )
})

test('settings beside the pair survive a renewal', async () => {
  const setup = await setUp()
  const { port } = await serve(setup, { minVersion: 'TLSv1.3' })
  const old = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }
  await expect(dial(port, setup.ca.certificatePem, old)).rejects.toThrow(/protocol version/)
  await setup.issue('served', 'new.localhost')
  await expect.poll(() => nameServed(port, setup.ca.certificatePem)).toBe('DNS:new.localhost')
  await expect(dial(port, setup.ca.certificatePem, old)).rejects.toThrow(/protocol version/)
})

test('TLS 1.1 is refused', async () => {
  const setup = await setUp()
  const { port } = await serve(setup)
  // The client's own security level must allow the old version, or it would refuse itself.
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
  await expect(dial(port, setup.ca.certificatePem, old)).rejects.toThrow(/alert protocol version/)
})
