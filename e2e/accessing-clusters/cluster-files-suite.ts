import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseKubeconfig } from '@gatehouse/kubeconfig'
import { describe, expect, test } from 'vitest'
import { ADMIN, type World, writeFileOf } from './world.ts'

const FILES = ['kubeconfig', 'adminkubeconfig'] as const
const often = { interval: 200 }

/** The files of clusters behind the real gateway and the real proxy. */
export function testClusterFiles(opened: () => World): void {
  describe('the files of clusters', () => {
    const fetch = (person: string, cluster: string, file: (typeof FILES)[number]) =>
      opened().download(person, `/v1/spectroclusters/${cluster}/assets/${file}`)
    const terminalOf = async (name: string, text: string) =>
      opened().stack.terminalAt(await writeFileOf(opened(), name, text))

    test.for([
      ['admin@kyma.cx', 200, 200],
      ['namespace.admin@kyma.cx', 200, 403],
      ['developer@kyma.cx', 200, 403],
      ['read-only-user@kyma.cx', 200, 403],
      ['no-rights-user@kyma.cx', 404, 404],
    ] as const)('%s gets %i and %i for the stack’s own cluster', async ([person, ...codes]) => {
      const got = []
      for (const file of FILES) got.push((await fetch(person, 'gatehouse', file)).status)
      expect(got).toEqual(codes)
    })

    test('without OIDC a kubeconfig is for administrators, and goes through the tunnel', async () => {
      expect((await fetch('developer@kyma.cx', 'tunnelled', 'kubeconfig')).status).toBe(403)
      const { text } = await fetch(ADMIN, 'tunnelled', 'kubeconfig')
      const { cluster } = parseKubeconfig(text).clusters[0]!
      const { stack, state } = opened()
      expect(cluster['tls-server-name']).toBe('kubernetes.default.svc')
      expect(cluster.server).toBe(`https://127.0.0.1:${new URL(stack.status.issuer).port}`)
      const terminal = await terminalOf('tunnelled.yml', text)
      expect(await terminal.kubectl('get', 'secrets', '-A')).toMatchObject({ exitCode: 0 })
      const log = await readFile(join(state, 'logs', 'ingress-gateway.log'), 'utf8')
      expect(log).toMatch(/"host":"kubernetes\.default\.svc".*"msg":"passthrough"/)
    })

    test('the tunnel is nothing without the name, and the name nothing without the certificate', async () => {
      const { text } = await fetch(ADMIN, 'tunnelled', 'kubeconfig')
      const nameless = await terminalOf('nameless.yml', text.replace(/ *tls-server-name: .*\n/, ''))
      expect(await nameless.kubectl('get', 'nodes')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('certificate'),
      })
      const nobody = await terminalOf(
        'nobody.yml',
        text.replace(/ *client-(?:certificate|key)-data: .*\n/g, ''),
      )
      expect(await nobody.kubectl('get', 'nodes', '--token=none')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('must be logged in'),
      })
    })

    test('the commands list and revoke what was handed out', async () => {
      const { text } = await fetch(ADMIN, 'tunnelled', 'kubeconfig')
      const terminal = await terminalOf('revoked.yml', text)
      const whoami = await terminal.kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')
      const id = whoami.stdout.split(':').at(-1)!
      const { stack } = opened()
      expect((await stack.gatehouse('downloads', 'list')).stdout).toMatch(
        new RegExp(`${id} +admin@kyma\\.cx +tunnelled +kubeconfig `),
      )
      expect(await stack.gatehouse('downloads', 'revoke', id)).toMatchObject({ exitCode: 0 })
      expect((await stack.gatehouse('downloads', 'list')).stdout).not.toContain(id)
      await expect.poll(() => terminal.kubectl('get', 'nodes'), often).toMatchObject({ exitCode: 1 })
      expect(await stack.gatehouse('downloads', 'revoke', id)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(`no download "${id}" in force`),
      })
    })
  })
}
