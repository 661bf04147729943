import { chmod, copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openCertificateAuthority } from '@gatehouse/pki'
import { expect, test } from 'vitest'
import { certificatesCheck, judgeCertificates } from '../../src/doctor/certificates.ts'
import { openContext } from '../../src/doctor/context.ts'
import { judgeFiles, permissionsCheck } from '../../src/doctor/permissions.ts'
import { stateFiles } from '../../src/doctor/state-files.ts'
import { createStateDirectory, stateDirectory } from '../../src/state-directory.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const names = { dnsNames: ['localhost'], ipAddresses: [] }

/** A state directory with an authority and a certificate `dex` that it issued `daysAgo`. */
async function stateWithCertificates(daysAgo = 0) {
  const root = await temporaryDirectory()
  const state = stateDirectory(root, 'default')
  await createStateDirectory(state)
  const now = () => new Date(Date.now() - daysAgo * DAY_MS)
  const authority = await openCertificateAuthority(state.pki, { commonName: 'test', now })
  const dex = await authority.issueServerCertificate({ directory: state.pki, name: 'dex', ...names })
  const context = await openContext({
    name: 'default',
    root,
    env: {},
    directory: root,
    signal: AbortSignal.timeout(30_000),
  })
  return { state, dex, context }
}

test('a fresh state directory is private and its certificates are good', async () => {
  const { state, context } = await stateWithCertificates()
  expect(await permissionsCheck.run(context)).toMatchObject([{ level: 'ok' }])
  expect(await certificatesCheck.run(context)).toMatchObject([
    { level: 'ok', message: expect.stringMatching(/2 certificates are valid.*pki\/dex\.crt is the first/) },
  ])
  await rm(state.root, { recursive: true })
  expect(await permissionsCheck.run(context)).toMatchObject([{ level: 'skipped' }])
  expect(await certificatesCheck.run(context)).toMatchObject([{ level: 'skipped' }])
})

test('an expired certificate and one that is due for renewal are told with their days', async () => {
  const expired = await stateWithCertificates(500)
  expect(await certificatesCheck.run(expired.context)).toMatchObject([
    {
      level: 'warning',
      message: expect.stringMatching(/^pki\/dex\.crt expired on \d{4}-\d\d-\d\d$/),
      remedy: expect.stringContaining('gatehouse up'),
    },
  ])
  const due = await stateWithCertificates(300)
  expect(await certificatesCheck.run(due.context)).toMatchObject([
    { level: 'warning', message: expect.stringContaining('pki/dex.crt expires on') },
  ])
})

const lifetime = { notBefore: new Date(0), notAfter: new Date(30 * DAY_MS) }
const sound = { file: 'pki/dex.crt', lifetime, chains: true, hasItsKey: true }

test.each([
  ['good', sound, 1, ['ok', 'ok']],
  ['due for renewal', sound, 21, ['warning', 'warning']],
  ['expired', sound, 30, ['error', 'warning']],
  ['not valid yet', sound, -1, ['error', 'warning']],
  ['of another authority', { ...sound, chains: false }, 1, ['error', 'warning']],
  ['without its key', { ...sound, hasItsKey: false }, 1, ['error', 'warning']],
  ['no certificate', { ...sound, lifetime: undefined }, 1, ['error', 'warning']],
  [
    "an authority's, without its key",
    { ...sound, file: 'pki/ca.crt', hasItsKey: false },
    1,
    ['error', 'error'],
  ],
])('a certificate that is %s', (_, certificate, day, [running, ended]) => {
  const judge = (isRunning: boolean) =>
    judgeCertificates([certificate], {
      now: new Date(day * DAY_MS),
      running: isRunning,
      restart: 'gatehouse up',
    })
  expect(judge(true)).toMatchObject([{ level: running }])
  expect(judge(false)).toMatchObject([{ level: ended }])
})

test('a certificate of another authority and a key of another certificate are found', async () => {
  const mine = await stateWithCertificates()
  const other = await stateWithCertificates()
  await copyFile(other.dex.certificateFile, mine.dex.certificateFile)
  await copyFile(other.dex.keyFile, mine.dex.keyFile)
  expect(await certificatesCheck.run(mine.context)).toMatchObject([
    { message: expect.stringContaining('pki/dex.crt was signed by another authority') },
  ])
  await copyFile(join(mine.state.pki, 'ca.key'), mine.dex.keyFile)
  expect(await certificatesCheck.run(mine.context)).toMatchObject([
    { message: expect.stringContaining("the private key beside pki/dex.crt is missing or another one's") },
  ])
  await writeFile(mine.dex.certificateFile, 'nonsense')
  expect(await certificatesCheck.run(mine.context)).toMatchObject([
    { message: expect.stringContaining('pki/dex.crt is not a certificate') },
  ])
})

test('an exposed key, a readable certificate and an open directory are told, each with its chmod', async () => {
  const { state, dex, context } = await stateWithCertificates()
  await chmod(dex.keyFile, 0o640)
  await chmod(dex.certificateFile, 0o644)
  await chmod(state.pki, 0o755)
  expect(await permissionsCheck.run(context)).toMatchObject([
    { level: 'warning', message: expect.stringMatching(/others may read .*\/pki \(mode 0755, not 0700\)/) },
    {
      level: 'warning',
      message: expect.stringMatching(/dex\.crt \(mode 0644, not 0600\)/),
      remedy: expect.stringContaining(`chmod 600 '${dex.certificateFile}'`),
    },
    {
      level: 'error',
      message: expect.stringMatching(/others may read .*dex\.key \(mode 0640/),
      remedy: expect.stringContaining('new ones are made'),
    },
  ])
})

const file = { kind: 'file', mode: 0o600, uid: 1000, mtimeMs: 0 } as const
const root = { ...file, path: '/s', kind: 'directory', mode: 0o700 } as const

test.each([
  ['a private file', { ...file, path: '/s/x' }, 'ok'],
  ['a private key that others may read', { ...file, path: '/s/x.key', mode: 0o604 }, 'error'],
  ['passwords that others may read', { ...file, path: '/s/passwords.json', mode: 0o644 }, 'error'],
  [
    'a kubeconfig that others may read',
    { ...file, path: '/s/cluster/kubeconfigs/admin.yaml', mode: 0o640 },
    'error',
  ],
  ['a configuration that others may read', { ...file, path: '/s/config/x.yaml', mode: 0o644 }, 'warning'],
  ['a configuration that others may change', { ...file, path: '/s/config/x.yaml', mode: 0o662 }, 'error'],
  ['a file of another user', { ...file, path: '/s/x', uid: 0 }, 'error'],
])('%s is %s', (_, seen, level) => {
  expect(judgeFiles([root, seen], 1000)).toMatchObject([{ level }])
})

test('a state directory that others may look into is an error', () => {
  expect(judgeFiles([{ ...root, mode: 0o755 }], 1000)).toMatchObject([{ level: 'error' }])
})

test('many files of another user are one finding', () => {
  const foreign = ['/s/a', '/s/b', '/s/c'].map((path) => ({ ...file, path, uid: 0 }))
  expect(judgeFiles([root, ...foreign], 1000)).toMatchObject([
    { message: expect.stringContaining('/s/a (and 2 more) belongs to another user'), level: 'error' },
  ])
})

test('caches, sockets and links are not looked at', async () => {
  const { state } = await stateWithCertificates()
  const cache = join(state.data, 'kubectl-cache')
  await mkdir(cache)
  await writeFile(join(cache, 'x'), '', { mode: 0o666 })
  await symlink('/etc/passwd', join(state.data, 'link'))
  const paths = (await stateFiles(state)).map(({ path }) => path)
  expect(paths[0]).toBe(state.root)
  expect(paths.filter((path) => path.includes('cache') || path.includes('link'))).toEqual([])
})
