import { parseKubeconfig } from '@gatehouse/kubeconfig'
import { expect, test } from 'vitest'
import { type Generator, startGenerator } from './generator.ts'

const ADMIN = { email: 'admin@kyma.cx', groups: ['runtimeAdmin'] }

const withLogin = () =>
  startGenerator(({ issuer }) => ({
    login: {
      issuerUrl: issuer.url,
      clientConfig: {
        clientId: 'kyma-client',
        address: '127.0.0.1:8443',
        certificateAuthorityFile: issuer.certificateAuthorityFile,
      },
    },
    pluginCommand: ['node', '/opt/gatehouse/main.ts'],
  }))

async function execOf({ askAs }: Generator, query: string) {
  const answer = await askAs(ADMIN, query)
  expect(answer.status).toBe(200)
  // The file is good for as long as the person may log in: no token, no end.
  expect(answer.text).not.toContain(answer.token)
  expect(answer.text).not.toContain('expires')
  const { users } = parseKubeconfig(answer.text)
  expect(users.map(({ name }) => name)).toEqual(['admin@kyma.cx@dev'])
  return users[0]?.user['exec'] as { command: string; args: string[] }
}

test('format=exec logs in with gatehouse get-token, which dials the configured address', async () => {
  const generator = await withLogin()
  const { url, caPem } = generator.issuer
  expect(await execOf(generator, '?format=exec')).toEqual({
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'node',
    args: [
      '/opt/gatehouse/main.ts',
      'get-token',
      `--issuer=${url}`,
      '--address=127.0.0.1:8443',
      '--client-id=kyma-client',
      '--extra-scope=email',
      '--extra-scope=profile',
      '--extra-scope=groups',
      '--extra-scope=offline_access',
      `--certificate-authority-data=${Buffer.from(caPem).toString('base64')}`,
      '--username=admin@kyma.cx',
    ],
    interactiveMode: 'IfAvailable',
    provideClusterInfo: true,
    installHint: expect.stringContaining('gatehouse get-token'),
  })
})

test('plugin=kubelogin logs in with kubelogin', async () => {
  const generator = await withLogin()
  const { command, args } = await execOf(generator, '?plugin=kubelogin')
  expect([command, ...args]).toEqual(
    expect.arrayContaining([
      'kubectl',
      'oidc-login',
      `--oidc-issuer-url=${generator.issuer.url}`,
      '--oidc-client-id=kyma-client',
    ]),
  )
})

test('format=token is the default', async () => {
  const { ask, issuer } = await withLogin()
  const headers = { authorization: `Bearer ${await issuer.mint(ADMIN)}` }
  const [bare, asked] = [await ask({ headers }), await ask({ path: '/kube-config?format=token', headers })]
  expect(asked.text).toBe(bare.text)
})

test('where no login is configured, plugins are refused with the reason', async () => {
  const { askAs } = await startGenerator()
  const answer = await askAs(ADMIN, '?format=exec')
  expect(answer.status).toBe(400)
  expect(answer.text).toContain('no login is configured')
})
