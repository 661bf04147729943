import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Terminal, TestStack } from './gatehouse.ts'

const ADMIN = 'admin@kyma.cx'
const DEVELOPER = 'developer@kyma.cx'
const DOWNLOAD = /^system:gatehouse:download:admin@kyma\.cx:([0-9a-f]{20})$/
const often = { timeout: 30_000, interval: 200 }

/** The stack of these tests hands out the files of its own cluster as if that had no OIDC. */
export const WITHOUT_OIDC = { catalogue: { cluster: { oidc: false } } }

/** Files with a certificate that was issued for the download: the admin kubeconfig, and the one by the TLS tunnel. */
export function testIssuedFiles(opened: () => TestStack): void {
  describe('files with a credential of their own', () => {
    let directory: string
    beforeAll(async () => {
      directory = await mkdtemp(join(opened().directory, 'issued-'))
    })

    const download = (person: string, ...options: string[]) =>
      opened().gatehouse('kubeconfig', person, '--cluster', 'gatehouse', ...options)
    const fileOf = async (name: string, ...options: string[]) => {
      const file = join(directory, name)
      expect(await download(ADMIN, ...options, '-o', file)).toMatchObject({ exitCode: 0 })
      const { clusters } = parse(await readFile(file, 'utf8')) as {
        clusters: [{ cluster: Record<string, string> }]
      }
      return { terminal: opened().terminalAt(file), cluster: clusters[0].cluster }
    }
    const idOf = async ({ kubectl }: Terminal) => {
      const { stdout } = await kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')
      return DOWNLOAD.exec(stdout)?.[1] ?? expect.fail(`kubectl is "${stdout}"`)
    }

    const useAndRevoke = async (terminal: Terminal) => {
      const id = await idOf(terminal)
      expect(await terminal.kubectl('get', 'secrets', '-A')).toMatchObject({ exitCode: 0 })
      expect(await opened().gatehouse('downloads', 'revoke', id)).toMatchObject({ exitCode: 0 })
      await expect
        .poll(() => terminal.kubectl('get', 'secrets', '-A'), often)
        .toMatchObject({ exitCode: 1, stderr: expect.stringContaining('forbidden') })
    }

    test('the admin kubeconfig goes to the API server itself, and to nothing once it is revoked', async () => {
      const { terminal, cluster } = await fileOf('admin.yml', '--admin')
      expect(cluster).toMatchObject({ server: opened().status.cluster!.server })
      await useAndRevoke(terminal)
    })

    test('without OIDC the kubeconfig goes through the TLS tunnel, and to nothing once it is revoked', async () => {
      const { terminal, cluster } = await fileOf('tunnel.yml')
      expect(cluster).toMatchObject({
        server: `https://127.0.0.1:${new URL(opened().status.issuer).port}`,
        'tls-server-name': expect.stringMatching(/^gatehouse\.clusters\./),
      })
      await useAndRevoke(terminal)
    })

    test('who is no administrator gets neither', async () => {
      for (const options of [['--admin'], []]) {
        expect(await download(DEVELOPER, ...options)).toMatchObject({
          exitCode: 1,
          stdout: '',
          stderr: expect.stringContaining('answered 403'),
        })
      }
    })
  })
}
