import { chmod, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import type { CertificateFiles } from '@gatehouse/pki'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { distrust, type Machine, trust, trustStatus } from '../src/index.ts'
import { linuxSystemStore } from '../src/system-store.ts'
import { makeMachine, type TestMachine } from './machine.ts'

const hasProgram =
  (await execa('/usr/sbin/update-ca-certificates', ['--help'], { reject: false })).code !== 'ENOENT'
const ANCHOR = 'usr/local/share/ca-certificates/gatehouse-test.crt'
const BUNDLE = 'etc/ssl/certs/ca-certificates.crt'

/** The report about the system's store. */
async function system(reports: ReturnType<typeof trust>) {
  return (await reports).find(({ title }) => title === 'system')
}

/** Whether a TLS client that reads the machine's bundle takes a server of the authority. */
async function isTaken({ machine, authority, directory }: TestMachine): Promise<boolean> {
  const request = { directory, name: 'server', dnsNames: ['a.test'], ipAddresses: [] }
  return isServerTaken(machine, await authority.issueServerCertificate(request), 'a.test')
}

/** What somebody gets for `host` who has stolen the authority's key. */
async function signWithStolenKey({ anchor, directory }: TestMachine, host: string) {
  const files = { certificateFile: join(directory, 'stolen.crt'), keyFile: join(directory, 'stolen.key') }
  const signer = ['-CA', anchor.certificateFile, '-CAkey', anchor.certificateFile.replace(/crt$/, 'key')]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', files.keyFile]
  const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-days', '30']
  await execa('openssl', ['req', '-x509', ...signer, ...key, ...names, '-out', files.certificateFile])
  return files
}

async function isServerTaken(machine: Machine, files: CertificateFiles, host: string): Promise<boolean> {
  const server = createServer({
    cert: await readFile(files.certificateFile),
    key: await readFile(files.keyFile),
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const ca = await readFile(join(machine.root, BUNDLE), 'utf8')
  const socket = connect({ port, host: '127.0.0.1', servername: host, ca: [ca] })
  const taken = await new Promise<boolean>((resolve) => {
    socket.once('secureConnect', () => resolve(true)).once('error', () => resolve(false))
  })
  socket.destroy()
  await new Promise((resolve) => server.close(resolve))
  return taken
}

describe.runIf(hasProgram)('a Debian', () => {
  test('trusts, says so, and forgets, with its own program', async () => {
    await using made = await makeMachine()
    const { machine, anchor } = made
    expect(await system(trustStatus(machine, anchor))).toMatchObject({ state: 'absent', changed: false })
    expect(await system(trust(machine, anchor))).toMatchObject({ state: 'trusted', changed: true })
    expect(await isTaken(made)).toBe(true)
    expect(await system(trust(machine, anchor))).toMatchObject({ state: 'trusted', changed: false })
    expect(await system(distrust(machine, anchor))).toMatchObject({ state: 'absent', changed: true })
    expect(await readFile(join(machine.root, BUNDLE), 'utf8')).not.toContain(anchor.certificate)
    expect(await system(distrust(machine, anchor))).toMatchObject({ state: 'absent', changed: false })
  })

  test('is safe from a stolen key on all names but those that the authority may sign for', async () => {
    await using made = await makeMachine()
    const { machine, anchor } = made
    await trust(machine, anchor)
    expect(await isServerTaken(machine, await signWithStolenKey(made, 'b.a.test'), 'b.a.test')).toBe(true)
    expect(await isServerTaken(machine, await signWithStolenKey(made, 'bank.test'), 'bank.test')).toBe(false)
  })

  test('replaces the authority of an earlier life', async () => {
    await using made = await makeMachine()
    const { machine, anchor } = made
    await trust(machine, anchor)
    const renewed = await made.renewed()
    expect(await system(trustStatus(machine, renewed))).toMatchObject({ state: 'outdated' })
    expect(await system(trust(machine, renewed))).toMatchObject({ state: 'trusted', changed: true })
    expect(await isTaken(made)).toBe(false)
  })

  test('forgets an authority of which only the name is left', async () => {
    await using made = await makeMachine()
    await trust(made.machine, made.anchor)
    const gone = { ...made.anchor, certificate: undefined }
    expect(await system(distrust(made.machine, gone))).toMatchObject({ state: 'absent', changed: true })
  })

  test('a file that the bundle does not have is not trust', async () => {
    await using made = await makeMachine()
    await writeFile(join(made.machine.root, ANCHOR), made.anchor.certificate!)
    expect(await system(trustStatus(made.machine, made.anchor))).toMatchObject({ state: 'outdated' })
    expect(await system(trust(made.machine, made.anchor))).toMatchObject({ state: 'trusted', changed: true })
  })
})

test('a program that fails leaves the store as it was', async () => {
  await using made = await makeMachine()
  const { machine, anchor } = made
  const programs = await mkdtemp(join(made.directory, 'bin-'))
  const program = join(programs, 'update-ca-certificates')
  await writeFile(program, '#!/bin/sh\necho "the disk is full" >&2\nexit 1\n')
  await chmod(program, 0o755)
  await writeFile(join(machine.root, ANCHOR), 'earlier')
  const broken = { ...machine, env: { PATH: `${programs}:/usr/bin:/bin` } }
  const store = await linuxSystemStore(broken)
  await expect(store!.add(anchor)).rejects.toMatchObject({
    code: 'ERR_PROGRAM_FAILED',
    message: expect.stringContaining('the disk is full') as string,
  })
  expect(await readFile(join(machine.root, ANCHOR), 'utf8')).toBe('earlier')
  expect(await readdir(join(machine.root, 'usr/local/share/ca-certificates'))).toEqual(['gatehouse-test.crt'])
})

test.runIf(process.getuid?.() === 0)(
  'who may not change it is told the commands, and nothing is changed',
  async () => {
    await using made = await makeMachine()
    const { machine, anchor } = made
    const other = join(import.meta.dirname, 'fixtures/as-nobody.ts')
    await chmod(made.directory, 0o755)
    const { stdout } = await execa(process.execPath, [
      other,
      JSON.stringify({ machine: { ...machine, env: {} }, anchor }),
    ])
    expect(JSON.parse(stdout)).toMatchObject({
      title: 'system',
      state: 'absent',
      changed: false,
      problem: {
        code: 'ERR_RIGHTS',
        byHand: [
          `sudo install -m 644 '${anchor.certificateFile}' '${join(machine.root, ANCHOR)}'`,
          expect.stringMatching(/^sudo update-ca-certificates/),
        ],
      },
    })
    expect(await readdir(join(machine.root, 'usr/local/share/ca-certificates'))).toEqual([])
  },
)

test.each([
  ['Fedora', 'etc/pki/ca-trust/source/anchors', 'sudo update-ca-trust extract'],
  ['Debian', 'usr/local/share/ca-certificates', 'sudo update-ca-certificates --fresh'],
  ['Arch', 'etc/ca-certificates/trust-source/anchors', 'sudo update-ca-trust'],
  ['openSUSE', 'usr/share/pki/trust/anchors', 'sudo update-ca-certificates'],
])('%s is known by its folder', async (_, folder, command) => {
  await using made = await makeMachine([folder])
  const store = await linuxSystemStore(made.machine)
  expect(store?.place).toBe(join(made.machine.root, folder))
  expect(store?.byHand('remove', made.anchor)[1]).toContain(command)
})

test('a system that nobody knows has none', async () => {
  await using made = await makeMachine([])
  expect(await linuxSystemStore(made.machine)).toBeUndefined()
})
