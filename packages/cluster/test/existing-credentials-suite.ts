import { readFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { currentCluster, readKubeconfig, writeKubeconfig } from '@gatehouse/kubeconfig'
import { openCertificateAuthority } from '@gatehouse/pki'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kubectlOutput, type TestCluster } from '../src/test-cluster.ts'
import { kubeconfigWith, openExisting } from './open-existing.ts'

const signal = () => AbortSignal.timeout(30_000)
const ROBOT = 'system:serviceaccount:default:robot'

/** By what credentials a cluster that somebody else runs is used. */
export function testCredentials(running: () => TestCluster): void {
  let started: TestCluster
  let directory: string
  let adminToken: string
  beforeAll(async () => {
    started = running()
    directory = await mkdtemp(join(tmpdir(), 'gatehouse-kubeconfigs-'))
    await kubectlOutput(started, ['create', 'serviceaccount', 'robot'])
    adminToken = await kubectlOutput(started, ['create', 'token', 'robot'])
  })
  afterAll(() => rm(directory, { recursive: true }))

  /** A credential plugin, and the entry that calls it by a path relative to the kubeconfig. */
  async function plugin(script: string) {
    await writeFile(join(directory, 'plugin.sh'), `#!/bin/sh\n${script}\n`, { mode: 0o700 })
    return {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: './plugin.sh',
        interactiveMode: 'Never',
        env: [{ name: 'FROM_KUBECONFIG', value: 'yes' }],
      },
    }
  }

  async function foreignAuthority(): Promise<string> {
    const { certificatePem } = await openCertificateAuthority(join(directory, 'foreign'), {
      commonName: 'foreign',
    })
    return Buffer.from(certificatePem).toString('base64')
  }

  describe('a kubeconfig', () => {
    test('with a client certificate in files beside it is used', async () => {
      const admin = await currentCluster(await readKubeconfig(started.cluster.adminKubeconfig))
      await writeFile(join(directory, 'admin.crt'), admin.clientCertificatePem!)
      await writeFile(join(directory, 'admin.key'), admin.clientKeyPem!, { mode: 0o600 })
      const user = { 'client-certificate': 'admin.crt', 'client-key': 'admin.key' }
      await using opened = await openExisting(await kubeconfigWith(started, join(directory, 'files'), user))
      expect(opened.cluster.user).toBe('system:gatehouse:admin')
      // The copy means the same elsewhere.
      expect(
        await kubectlOutput(started, ['auth', 'whoami'], { kubeconfig: opened.cluster.adminKubeconfig }),
      ).toContain('system:gatehouse:admin')
    })

    test.each([
      ['a token', async () => ({ token: adminToken })],
      [
        'a token in a file beside it',
        async () => {
          await writeFile(join(directory, 'token'), adminToken, { mode: 0o600 })
          return { tokenFile: 'token' }
        },
      ],
      [
        'a credential plugin beside it, which sees the environment',
        () =>
          plugin(
            `[ "$FROM_KUBECONFIG$FROM_ENVIRONMENT" = yesyes ] && printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${adminToken}"}}'`,
          ),
      ],
    ])('with %s is used', async (_what, user) => {
      const kubeconfig = await kubeconfigWith(started, join(directory, 'config'), await user())
      await using opened = await openExisting(kubeconfig, {}, { FROM_ENVIRONMENT: 'yes' })
      expect(opened.cluster.user).toBe(ROBOT)
    })

    test('with several contexts is used as the wanted one, and the copy has that one alone', async () => {
      const document = await readKubeconfig(started.cluster.adminKubeconfig)
      const file = join(directory, 'several')
      await writeKubeconfig(file, {
        ...document,
        users: [...document.users, { name: 'robot', user: { token: adminToken } }],
        contexts: [
          ...document.contexts,
          {
            name: 'wanted',
            context: { cluster: document.clusters[0]!.name, user: 'robot', namespace: 'other' },
          },
        ],
      })
      await using opened = await openExisting(file, { context: 'wanted' })
      expect(opened.cluster).toMatchObject({ context: 'wanted', user: ROBOT, issuerTrusted: false })
      const copy = await readKubeconfig(opened.cluster.adminKubeconfig)
      expect(copy.users.map(({ name }) => name)).toEqual(['robot'])
      expect((await stat(opened.cluster.adminKubeconfig)).mode & 0o777).toBe(0o600)
    })

    test('leaves no credential on the disk when the cluster is not used any more', async () => {
      const opened = await openExisting(started.cluster.adminKubeconfig)
      const { cluster } = opened
      await cluster.kubeconfigFor({ user: 'jane' })
      await cluster[Symbol.asyncDispose]()
      await expect(stat(cluster.adminKubeconfig)).rejects.toMatchObject({ code: 'ENOENT' })
      await expect(stat(join(opened.directory, 'existing'))).rejects.toMatchObject({ code: 'ENOENT' })
      await opened[Symbol.asyncDispose]()
    })
  })

  describe('a kubeconfig that does not do is explained:', () => {
    const file = () => join(directory, 'bad')
    const withUser = async (user: object) => kubeconfigWith(started, file(), { ...user })
    const withCluster = async (fields: Record<string, unknown>) =>
      kubeconfigWith(started, file(), { token: adminToken }, fields)

    test.each<[string, () => Promise<string>, string, RegExp]>([
      ['no file', async () => '/nonexistent/config', 'ERR_KUBECONFIG', /no such file.*name another/],
      [
        'no kubeconfig',
        async () => {
          await writeFile(file(), 'clusters: 7')
          return file()
        },
        'ERR_KUBECONFIG',
        /is not valid: \/clusters/,
      ],
      [
        'no context at all',
        async () => {
          await writeFile(file(), 'apiVersion: v1\nkind: Config\n')
          return file()
        },
        'ERR_KUBECONFIG',
        /has no current context; name the context to use \(it has none\)/,
      ],
      ['no credential', () => withUser({}), 'ERR_CREDENTIALS', /missing, has expired or was revoked/],
      ['a bad token', () => withUser({ token: 'made-up' }), 'ERR_CREDENTIALS', /log in anew/],
      [
        'a plugin that is not installed',
        () =>
          withUser({
            exec: {
              apiVersion: 'client.authentication.k8s.io/v1',
              command: 'no-such-plugin',
              interactiveMode: 'Never',
            },
          }),
        'ERR_CREDENTIALS',
        /not installed/,
      ],
      [
        'a plugin that fails',
        async () => withUser(await plugin('echo "run: cloud login" >&2; exit 3')),
        'ERR_CREDENTIALS',
        /gave no credential[^]*run: cloud login/,
      ],
      [
        'nobody there',
        () => withCluster({ server: 'https://127.0.0.1:1' }),
        'ERR_UNREACHABLE',
        /start the cluster/,
      ],
      [
        'another authority',
        async () => withCluster({ 'certificate-authority-data': await foreignAuthority() }),
        'ERR_UNREACHABLE',
        /certificate-authority of the kubeconfig/,
      ],
      [
        'unverified TLS',
        () => withCluster({ 'insecure-skip-tls-verify': true, 'certificate-authority-data': undefined }),
        'ERR_KUBECONFIG',
        /insecure-skip-tls-verify/,
      ],
      ['a proxy', () => withCluster({ 'proxy-url': 'http://127.0.0.1:1' }), 'ERR_KUBECONFIG', /proxy-url/],
      [
        'a path',
        () => withCluster({ server: 'https://127.0.0.1:1/k8s/1' }),
        'ERR_KUBECONFIG',
        /without a path/,
      ],
      ['plain http', () => withCluster({ server: 'http://127.0.0.1:1' }), 'ERR_KUBECONFIG', /must be https/],
    ])('%s', async (_what, kubeconfig, code, message) => {
      const path = await kubeconfig()
      await expect(openExisting(path)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      })
    })

    test('no such context', async () => {
      await expect(openExisting(started.cluster.adminKubeconfig, { context: 'prod' })).rejects.toMatchObject({
        code: 'ERR_KUBECONFIG',
        message: expect.stringMatching(/has no context "prod"; it has \S+@test/),
      })
    })

    test('and its secrets are not part of the explanation', async () => {
      const kubeconfig = await withUser({ token: 'my-secret-token' })
      await expect(openExisting(kubeconfig)).rejects.toThrow(/^(?![^]*my-secret-token)/)
    })
  })

  describe('a token for a ServiceAccount', () => {
    const account = { namespace: 'default', name: 'robot' }

    test('is an identity of its own, short-lived, and nothing of the administrator is with it', async () => {
      await using opened = await openExisting(started.cluster.adminKubeconfig)
      const problems: unknown[] = []
      const kubeconfig = await opened.cluster.serviceAccountKubeconfig(account, {
        signal: signal(),
        onProblem: (problem) => problems.push(problem),
      })
      expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600)
      const { token, clientKeyPem } = await currentCluster(await readKubeconfig(kubeconfig))
      expect(clientKeyPem).toBeUndefined()
      const claims = JSON.parse(Buffer.from(token!.split('.')[1]!, 'base64url').toString()) as Record<
        string,
        number
      >
      expect(claims['exp']! - claims['iat']!).toBe(3600)
      const who = await kubectlOutput(
        started,
        ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'],
        {
          kubeconfig,
        },
      )
      expect(who).toBe(ROBOT)
      const { stderr } = await started.kubectl(['get', 'pods'], { kubeconfig })
      expect(stderr).toContain(`User "${ROBOT}" cannot list resource "pods"`)
      expect(problems).toEqual([])
    })

    test('is renewed before it expires; a renewal that fails is reported and tried again', async () => {
      const file = join(directory, 'renewing')
      await writeFile(file, await readFile(started.cluster.adminKubeconfig), { mode: 0o600 })
      // A clock that runs fast stands for the hour that a token is good.
      await using opened = await openExisting(file, { renewalDue: () => Date.now() + 300 })
      const problems: unknown[] = []
      const kubeconfig = await opened.cluster.serviceAccountKubeconfig(account, {
        signal: signal(),
        onProblem: (problem) => problems.push(problem),
      })
      const read = () => readFile(kubeconfig, 'utf8')
      const first = await read()
      // The same token would be written in the same second.
      await expect.poll(read).not.toBe(first)
      expect(problems).toEqual([])

      await rm(file)
      await expect.poll(() => problems.at(-1)).toBeInstanceOf(Error)
      const kept = await read()
      expect(kept).toContain('token:')
      await writeFile(file, await readFile(started.cluster.adminKubeconfig), { mode: 0o600 })
      await expect.poll(() => problems.at(-1)).toBeUndefined()
      await expect.poll(read).not.toBe(kept)
    })
  })
}
