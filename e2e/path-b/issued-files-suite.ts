import { copyFile, mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Terminal, TestStack } from './gatehouse.ts'
import { credentialsFile, TUNNELLED } from './tunnelled-cluster.ts'

const ADMIN = 'admin@kyma.cx'
const DEVELOPER = 'developer@kyma.cx'
const DOWNLOAD = /^system:gatehouse:download:admin@kyma\.cx:([0-9a-f]{20})$/
const often = { interval: 200 }

/** Which download the credential in a file of the admin is of. */
export async function downloadIdOf({ kubectl }: Terminal): Promise<string> {
  const { stdout } = await kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')
  return DOWNLOAD.exec(stdout)?.[1] ?? expect.fail(`kubectl is "${stdout}"`)
}

/**
 * Files with a certificate that was issued for the download: the admin kubeconfig, and the one by the TLS tunnel.
 * The stack's catalogue has `tunnelledCluster`.
 */
export function testIssuedFiles(opened: () => TestStack): void {
  describe('files with a credential of their own', () => {
    let directory: string
    beforeAll(async () => {
      const { directory: parent, status } = opened()
      directory = await mkdtemp(join(parent, 'issued-'))
      await copyFile(status.cluster!.adminKubeconfig, credentialsFile(parent))
    })

    const download = (person: string, cluster: string, options: readonly string[] = []) =>
      opened().gatehouse('kubeconfig', person, '--cluster', cluster, ...options)
    const fileOf = async (cluster: string, ...options: string[]) => {
      const file = join(directory, `${cluster}.yml`)
      expect(await download(ADMIN, cluster, [...options, '-o', file])).toMatchObject({ exitCode: 0 })
      const { clusters } = parse(await readFile(file, 'utf8')) as {
        clusters: [{ cluster: Record<string, string> }]
      }
      return { terminal: opened().terminalAt(file), cluster: clusters[0].cluster }
    }
    const useAndRevoke = async (terminal: Terminal) => {
      const id = await downloadIdOf(terminal)
      expect(await terminal.kubectl('get', 'secrets', '-A')).toMatchObject({ exitCode: 0 })
      expect(await opened().gatehouse('downloads', 'revoke', id)).toMatchObject({ exitCode: 0 })
      await expect
        .poll(() => terminal.kubectl('get', 'secrets', '-A'), often)
        .toMatchObject({ exitCode: 1, stderr: expect.stringContaining('forbidden') })
    }

    test('the admin kubeconfig goes to the API server itself, and to nothing once it is revoked', async () => {
      const { terminal, cluster } = await fileOf('gatehouse', '--admin')
      expect(cluster).toMatchObject({ server: opened().status.cluster!.server })
      await useAndRevoke(terminal)
    })

    test('without OIDC the kubeconfig goes through the TLS tunnel, and to nothing once it is revoked', async () => {
      const { terminal, cluster } = await fileOf(TUNNELLED)
      expect(cluster).toMatchObject({
        server: `https://127.0.0.1:${new URL(opened().status.issuer).port}`,
        'tls-server-name': 'kubernetes.default.svc',
      })
      await useAndRevoke(terminal)
    })

    test('who is no administrator gets neither', async () => {
      for (const [cluster, ...options] of [['gatehouse', '--admin'], [TUNNELLED]] as const) {
        expect(await download(DEVELOPER, cluster, options)).toMatchObject({
          exitCode: 1,
          stdout: '',
          stderr: expect.stringContaining('answered 403'),
        })
      }
    })
  })
}
