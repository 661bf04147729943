import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { currentCluster, parseKubeconfig, readKubeconfig } from '../src/index.ts'
import { runKubectl } from './kubectl.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function directory(): Promise<string> {
  const made = await temporaryDirectory()
  onTestFinished(() => made[Symbol.asyncDispose]())
  return made.path
}

/** A document with the given cluster and user entries, as text. */
const textOf = (cluster: object, user: object) =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  })

test('a file that kubectl wrote is read', async () => {
  const file = join(await directory(), 'config')
  await runKubectl(
    [file],
    'config',
    'set-cluster',
    'c',
    '--server=https://127.0.0.1:6443',
    '--tls-server-name=kubernetes',
  )
  await runKubectl([file], 'config', 'set-credentials', 'u', '--token=t0ken')
  await runKubectl([file], 'config', 'set-context', 'x', '--cluster=c', '--user=u')
  await runKubectl([file], 'config', 'use-context', 'x')
  await expect(currentCluster(await readKubeconfig(file))).resolves.toEqual({
    server: 'https://127.0.0.1:6443',
    tlsServerName: 'kubernetes',
    token: 't0ken',
  })
})

test('an empty file that kubectl wrote is read', async () => {
  const file = join(await directory(), 'config')
  await runKubectl([file], 'config', 'set-context', 'x')
  const document = await readKubeconfig(file)
  expect(document.clusters).toEqual([])
  await expect(currentCluster(document)).rejects.toThrow('it has no current-context')
})

test('fields that are not known here are kept', () => {
  const text = textOf({ 'disable-compression': true }, { exec: { command: 'x', apiVersion: 'v1' } })
  const document = parseKubeconfig(text)
  expect(document.clusters[0]?.cluster['disable-compression']).toBe(true)
  expect(document.users[0]?.user['exec']).toEqual({ command: 'x', apiVersion: 'v1' })
})

test('certificates come from data, or from files beside the kubeconfig', async () => {
  const path = await directory()
  await mkdir(join(path, 'pki'))
  await writeFile(join(path, 'pki', 'ca.crt'), 'CA of the file')
  await writeFile(join(path, 'client.crt'), 'certificate of the file')
  await writeFile(join(path, 'client.key'), 'key of the file')
  const file = join(path, 'config')
  const data = Buffer.from('data').toString('base64')
  await writeFile(
    file,
    textOf(
      { 'certificate-authority': 'pki/ca.crt' },
      {
        'client-certificate': 'client.crt',
        'client-key': join(path, 'client.key'),
        'client-key-data': data,
      },
    ),
  )
  await expect(currentCluster(await readKubeconfig(file))).resolves.toEqual({
    server: 'https://127.0.0.1:6443',
    caPem: 'CA of the file',
    clientCertificatePem: 'certificate of the file',
    clientKeyPem: 'data',
  })
})

test('a token file comes before a token, as in client-go', async () => {
  const path = await directory()
  await writeFile(join(path, 'token'), 'of-the-file\n')
  await writeFile(join(path, 'config'), textOf({}, { token: 'of-the-entry', tokenFile: 'token' }))
  await expect(currentCluster(await readKubeconfig(join(path, 'config')))).resolves.toMatchObject({
    token: 'of-the-file',
  })
})

test.each<[string, object, object, string]>([
  ['an exec plugin', {}, { exec: { command: 'x' } }, 'its user has exec'],
  ['an auth provider', {}, { 'auth-provider': { name: 'oidc' } }, 'auth-provider'],
  [
    'impersonation, which would give more rights when dropped',
    {},
    { token: 't', as: 'nobody' },
    'its user has as',
  ],
  ['a password', {}, { username: 'a', password: 'b' }, 'username, password'],
  ['a switched off certificate check', { 'insecure-skip-tls-verify': true }, {}, 'insecure-skip-tls-verify'],
  ['a proxy', { 'proxy-url': 'http://127.0.0.1:1' }, {}, 'proxy-url'],
  ['a server without TLS elsewhere', { server: 'http://10.0.0.1' }, {}, 'is not an https URL'],
  ['a server that only looks local', { server: 'http://127.0.0.1.example' }, {}, 'is not an https URL'],
  ['a certificate without its key', {}, { 'client-certificate-data': 'eA==' }, 'without its key'],
  ['a key without its certificate', {}, { 'client-key-data': 'eA==' }, 'without its key'],
])('%s is refused', async (_, cluster, user, message) => {
  await expect(currentCluster(parseKubeconfig(textOf(cluster, user)))).rejects.toMatchObject({
    code: 'ERR_UNUSABLE_KUBECONFIG',
    message: expect.stringContaining(message),
  })
})

test.each<[string, object, string]>([
  ['context', { 'current-context': 'other' }, '"other" is not among its contexts'],
  ['cluster', { clusters: [] }, 'the cluster "c"'],
  ['user', { users: [] }, 'the user "u"'],
])('a current context whose %s is missing is refused', async (_, change, message) => {
  const document = parseKubeconfig(JSON.stringify({ ...JSON.parse(textOf({}, {})), ...change }))
  await expect(currentCluster(document)).rejects.toThrow(message)
})

test('every problem of a document is named with its path, and no value', () => {
  const text = textOf({ server: 1, 'tls-server-name': 2 }, { token: ['hunter2'] })
  const problems = () => parseKubeconfig(text, 'config')
  expect(problems).toThrow(
    /config is not valid: \/clusters\/0\/cluster\/server: .*\/clusters\/0\/cluster\/tls-server-name: .*\/users\/0\/user\/token: /,
  )
  expect(problems).not.toThrow('hunter2')
})

test('a syntax error is told with its place, and without the text around it', () => {
  const problems = () => parseKubeconfig('users:\n- name: u\n  user: {token: hunter2\n')
  expect(problems).toThrow(/the kubeconfig is not valid: .* at line \d+, column \d+/)
  expect(problems).not.toThrow('hunter2')
})

test.each(['', '[]', 'hello', '{"kind":"Pod"}', '{"apiVersion":"v2"}', '{"clusters":{}}'])(
  'the text %j is not a kubeconfig',
  (text) => {
    expect(() => parseKubeconfig(text)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_KUBECONFIG' }))
  },
)

test('files that are missing are named', async () => {
  await expect(readKubeconfig('/nowhere/config')).rejects.toMatchObject({
    code: 'ERR_UNREADABLE',
    message: "the kubeconfig /nowhere/config can't be read: there is no such file",
  })
  const document = parseKubeconfig(textOf({ 'certificate-authority': '/nowhere/ca.crt' }, {}))
  await expect(currentCluster(document)).rejects.toMatchObject({
    code: 'ERR_UNREADABLE',
    message: expect.stringContaining('/nowhere/ca.crt'),
  })
})
