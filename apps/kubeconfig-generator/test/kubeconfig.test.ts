import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { resolveBinaries } from '@gatehouse/binaries'
import { openCertificateAuthority } from '@gatehouse/pki'
import { currentCluster, parseKubeconfig } from '@gatehouse/kubeconfig'
import { expect, test } from 'vitest'
import { startGenerator } from './generator.ts'

const ADMIN = { email: 'admin@kyma.cx', email_verified: true, groups: ['runtimeAdmin'] }

test('a user with a good ID token gets the kubeconfig that holds it and points at the proxy', async () => {
  const { askAs, ca } = await startGenerator()
  const exp = Math.floor(Date.now() / 1000) + 600
  const answer = await askAs({ ...ADMIN, exp })
  expect(answer.status).toBe(200)
  expect(answer.headers).toMatchObject({
    'content-type': 'application/yaml',
    'content-disposition': 'attachment; filename="kubeconfig.yml"',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-length': String(Buffer.byteLength(answer.text)),
    'audit-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  const document = parseKubeconfig(answer.text)
  expect(await currentCluster(document)).toEqual({
    server: 'https://127.0.0.1:9443',
    caPem: ca.certificatePem,
    token: answer.token,
  })
  const expiresAt = new Date(exp * 1000).toISOString().replace('.000Z', 'Z')
  expect(document['current-context']).toBe('admin@kyma.cx@dev')
  expect(document.users[0]?.user.extensions).toEqual([{ name: 'gatehouse/expiry', extension: { expiresAt } }])
  expect(answer.text).toMatch(
    new RegExp(`^# The credential of "admin@kyma.cx@dev" expires at ${expiresAt}\\.\n`),
  )
})

test('the real kubectl understands the file', async () => {
  const { askAs, directory } = await startGenerator()
  const { text, token } = await askAs({ ...ADMIN, email: '0123' }, '?namespace=1e3')
  const file = join(directory, 'kubeconfig.yml')
  await writeFile(file, text, { mode: 0o600 })
  const { kubectl } = await resolveBinaries(['kubectl'], {
    env: process.env,
    signal: AbortSignal.timeout(1_200_000),
  })
  const args = ['config', 'view', '--raw', '--minify', '--kubeconfig', file, '-o', 'json']
  const { stdout } = await promisify(execFile)(kubectl.path, args, { env: {} })
  expect(JSON.parse(stdout)).toMatchObject({
    clusters: [{ name: 'dev', cluster: { server: 'https://127.0.0.1:9443' } }],
    users: [{ name: '0123@dev', user: { token } }],
    contexts: [{ name: '0123@dev', context: { cluster: 'dev', user: '0123@dev', namespace: '1e3' } }],
    'current-context': '0123@dev',
  })
})

test('the same token gets the same text again, and another namespace or another token its own', async () => {
  const { ask, issuer } = await startGenerator()
  const tokens = [await issuer.mint(ADMIN), await issuer.mint({ ...ADMIN, jti: 'another' })]
  const seen: string[][] = []
  for (const query of ['', '', '?namespace=a', '?namespace=b', '?namespace=a', '']) {
    for (const token of tokens) {
      const headers = { authorization: `Bearer ${token}` }
      const document = parseKubeconfig((await ask({ path: `/kube-config${query}`, headers })).text)
      expect((await currentCluster(document)).token).toBe(token)
      seen.push([query, String(document.contexts[0]?.context.namespace)])
    }
  }
  for (const [query, namespace] of seen)
    expect(query).toBe(namespace === 'undefined' ? '' : `?namespace=${namespace}`)
})

test('HEAD gets the same head and nothing more', async () => {
  const { ask, issuer } = await startGenerator()
  const headers = { authorization: `Bearer ${await issuer.mint(ADMIN)}` }
  const [get, head] = [await ask({ headers }), await ask({ headers, method: 'HEAD' })]
  expect(head).toMatchObject({ status: 200, text: '' })
  expect(head.headers['content-length']).toBe(get.headers['content-length'])
  expect(head.headers['content-type']).toBe('application/yaml')
})

test('a namespace that is asked for is the default of the context', async () => {
  const { askAs } = await startGenerator()
  const { text } = await askAs(ADMIN, '?namespace=team-a')
  expect(parseKubeconfig(text).contexts[0]?.context.namespace).toBe('team-a')
})

test('the name to check in TLS is written where it is configured', async () => {
  const { ca } = await startGenerator()
  const cluster = {
    name: 'dev',
    server: 'https://127.0.0.1:9443',
    certificateAuthorityFile: ca.certificateFile,
    tlsServerName: 'dev.clusters.localhost',
  }
  const { askAs } = await startGenerator({ cluster })
  const { text } = await askAs(ADMIN)
  expect(parseKubeconfig(text).clusters[0]?.cluster['tls-server-name']).toBe('dev.clusters.localhost')
})

test('a user name can not write anything else into the file', async () => {
  const { askAs } = await startGenerator()
  const email = 'x"\\: {a}#@dev - &a *a <<: yes'
  const document = parseKubeconfig((await askAs({ ...ADMIN, email })).text)
  expect(document.users.map(({ name }) => name)).toEqual([`${email}@dev`])
})

test('a renewed certificate authority is embedded without a restart, and a broken one is not', async () => {
  const { askAs, ca, directory, log } = await startGenerator()
  const next = await openCertificateAuthority(join(directory, 'next'), { commonName: 'Next CA' })
  const embedded = async () => (await currentCluster(parseKubeconfig((await askAs(ADMIN)).text))).caPem
  expect(await embedded()).toBe(await readFile(ca.certificateFile, 'utf8'))
  await writeFile(ca.certificateFile, next.certificatePem)
  await expect.poll(embedded).toBe(next.certificatePem)
  await writeFile(ca.certificateFile, 'broken')
  await expect.poll(log).toContain('the old one stays')
  expect(await embedded()).toBe(next.certificatePem)
})
