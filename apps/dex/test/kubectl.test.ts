import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { issuerSettingsSchema, toAuthenticationConfiguration } from '@gatehouse/authentication'
import { embeddedProvider } from '@gatehouse/cluster'
import { apply, startTestCluster } from '@gatehouse/cluster/test-cluster'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { ADMIN, CLI, startTestDex } from './test-dex.ts'

const PLUGIN = fileURLToPath(new URL('fixtures/exec-credential.ts', import.meta.url))

/** Lets the group that only Dex knows of look at namespaces, and at nothing else. */
const ACCESS = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'namespace-reader' },
    rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'namespace-reader' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'namespace-reader' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'admins' }],
  },
]

test('kubectl with an exec plugin logs in by the device flow, to an API server that trusts this Dex', async () => {
  await using dex = await startTestDex()
  const certificateAuthorityFile = join(dex.directory, 'dex-ca.crt')
  await writeFile(certificateAuthorityFile, dex.certificateAuthority)
  const settings = issuerSettingsSchema.parse({
    url: dex.issuer,
    audiences: [CLI.id],
    certificateAuthorityFile,
  })
  await using api = await startTestCluster(embeddedProvider({ exec: 'off' }), {
    authentication: toAuthenticationConfiguration([settings], {
      certificateAuthorityPem: await readFile(certificateAuthorityFile, 'utf8'),
    }),
  })
  const { cluster } = api
  await apply(api, ACCESS)

  const kubeconfig = join(dex.directory, 'kubeconfig.json')
  await writeFile(kubeconfig, JSON.stringify(kubeconfigFor(cluster, dex.issuer, certificateAuthorityFile)))
  const running = execa(cluster.kubectl, ['--kubeconfig', kubeconfig, 'get', 'namespaces', '-o', 'name'], {
    env: { HOME: api.home },
    extendEnv: false,
    reject: false,
    timeout: 60_000,
  })
  let said = ''
  running.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const instruction = /open (\S+) and type (\S+)/
  await expect.poll(() => said).toMatch(instruction)
  const [, verificationURI = '', userCode = ''] = instruction.exec(said) ?? []

  const browser = dex.browser()
  const login = await browser.submit(await browser.open(verificationURI), { user_code: userCode })
  const done = await browser.submit(login, { login: ADMIN.email, password: 'password' })
  expect(done.text).toContain('Login successful for kubectl')

  const { exitCode, stdout, stderr } = await running
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
  expect(stdout.split('\n')).toContain('namespace/kube-system')
}, 180_000)

function kubeconfigFor(
  cluster: { server: string; certificateAuthority: string },
  issuer: string,
  certificateAuthorityFile: string,
) {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: [PLUGIN, issuer, CLI.id],
    env: [{ name: 'NODE_EXTRA_CA_CERTS', value: certificateAuthorityFile }],
    interactiveMode: 'Never',
  }
  const certificateAuthority = Buffer.from(cluster.certificateAuthority).toString('base64')
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server: cluster.server, 'certificate-authority-data': certificateAuthority } },
    ],
    users: [{ name: 'u', user: { exec } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }
}
