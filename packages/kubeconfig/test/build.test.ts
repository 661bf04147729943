import { openCertificateAuthority } from '@gatehouse/pki'
import { expect, onTestFinished, test } from 'vitest'
import { buildKubeconfig, expiryOf, isNamespaceName, type KubeconfigRequest } from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const cluster = { name: 'dev', server: 'https://127.0.0.1:9443' }

async function caPem(): Promise<string> {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  return (await openCertificateAuthority(directory.path, { commonName: 'Test CA' })).certificatePem
}

test('a document has one cluster, one user, one context, and names that do not collide when files are merged', async () => {
  const certificateAuthority = await caPem()
  const document = buildKubeconfig({
    cluster: { ...cluster, certificateAuthority, tlsServerName: 'dev.clusters.localhost' },
    user: { name: 'admin@kyma.cx', token: 'a.b.c' },
    namespace: 'team-a',
    expiresAt: new Date('2026-11-23T08:00:00.789Z'),
  })
  expect(document).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'dev',
        cluster: {
          server: 'https://127.0.0.1:9443',
          'tls-server-name': 'dev.clusters.localhost',
          'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64'),
        },
      },
    ],
    users: [
      {
        name: 'admin@kyma.cx@dev',
        user: {
          token: 'a.b.c',
          extensions: [{ name: 'gatehouse/expiry', extension: { expiresAt: '2026-11-23T08:00:00Z' } }],
        },
      },
    ],
    contexts: [
      {
        name: 'admin@kyma.cx@dev',
        context: { cluster: 'dev', user: 'admin@kyma.cx@dev', namespace: 'team-a' },
      },
    ],
    'current-context': 'admin@kyma.cx@dev',
  })
  expect(document).not.toHaveProperty('preferences')
})

test('what is not given is left out', () => {
  const document = buildKubeconfig({ cluster, user: { name: 'nobody' } })
  expect(document.clusters[0]?.cluster).toEqual({ server: 'https://127.0.0.1:9443' })
  expect(document.users[0]?.user).toEqual({})
  expect(document.contexts[0]?.context).not.toHaveProperty('namespace')
})

test('a client certificate is embedded', () => {
  const user = { name: 'admin', clientCertificate: 'CERTIFICATE', clientKey: 'KEY' }
  expect(buildKubeconfig({ cluster, user }).users[0]?.user).toEqual({
    'client-certificate-data': 'Q0VSVElGSUNBVEU=',
    'client-key-data': 'S0VZ',
  })
})

test('the expiry is read back from the entry', () => {
  const expiresAt = new Date('2026-11-23T08:00:00Z')
  const document = buildKubeconfig({ cluster, user: { name: 'a', token: 'x' }, expiresAt })
  expect(expiryOf(document.users[0]!.user)).toEqual(expiresAt)
  expect(expiryOf({})).toBeUndefined()
  expect(
    expiryOf({ extensions: [{ name: 'gatehouse/expiry', extension: { expiresAt: 'soon' } }] }),
  ).toBeUndefined()
})

test.each<[string, Partial<KubeconfigRequest>, string]>([
  ['a server without TLS', { cluster: { ...cluster, server: 'http://127.0.0.1' } }, 'is not an https URL'],
  ['a server that is no URL', { cluster: { ...cluster, server: '127.0.0.1:9443' } }, 'is not an https URL'],
  [
    'a CA that is none',
    { cluster: { ...cluster, certificateAuthority: 'x' } },
    'is not a certificate in PEM',
  ],
  ['an empty CA', { cluster: { ...cluster, certificateAuthority: '' } }, 'is not a certificate in PEM'],
  ['a cluster without a name', { cluster: { ...cluster, name: '' } }, "the cluster's name is empty"],
  ['a user without a name', { user: { name: '', token: 'x' } }, "the user's name is empty"],
  ['a namespace in capitals', { namespace: 'Team' }, '"Team" is not the name of a namespace'],
  ['an empty namespace', { namespace: '' }, '"" is not the name of a namespace'],
  ['no time', { expiresAt: new Date('soon') }, 'expiresAt is not a time'],
])('%s is refused', (_, change, message) => {
  const request = { cluster, user: { name: 'a', token: 'x' }, ...change }
  expect(() => buildKubeconfig(request)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_REQUEST' }))
  expect(() => buildKubeconfig(request)).toThrow(message)
})

test.each([
  ['a', true],
  ['team-a', true],
  ['0123', true],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
  ['', false],
  ['-a', false],
  ['a-', false],
  ['a.b', false],
  ['a_b', false],
  ['Ä', false],
  ['a\n', false],
  ['a\nb: c', false],
  ['../kube-system', false],
])('isNamespaceName(%j) is %s', (name, expected) => {
  expect(isNamespaceName(name)).toBe(expected)
})
