import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import getPort from 'get-port'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMPILE_LESS, toldIn } from './clients.ts'
import { commandsOfPage } from './page.ts'
import { openShell, type Ran, type Shell } from './shell.ts'
import { needs } from '@gatehouse/e2e-clients/toolchains'
import { ADMIN, type World } from './world.ts'

const REPOSITORY = join(import.meta.dirname, '..', '..')
const VERSIONS = { kind: 'APIVersions', versions: ['v1'] }
const often = { interval: 100 }

/** docs/accessing-clusters.md from the top to the end, in one terminal. */
export function testPage(opened: () => World): void {
  describe('docs/accessing-clusters.md', () => {
    let page: ReadonlyMap<string, string>
    let shell: Shell
    const typed = new Set<string>()
    beforeAll(async () => {
      page = await commandsOfPage()
      const { path, stack } = opened()
      const directory = join(stack.directory, 'terminal')
      await mkdir(directory)
      shell = openShell({
        directory,
        env: {
          ...COMPILE_LESS,
          PATH: path,
          HOME: process.env['HOME'] ?? directory,
          GATEHOUSE: REPOSITORY,
          GATEHOUSE_STATE_DIR: stack.directory,
          KUBECACHEDIR: join(directory, 'cache'),
        },
      })
    })
    afterAll(() => shell?.[Symbol.asyncDispose]())

    /** Types a block of the page. */
    const type = (block: string) => {
      typed.add(block)
      return shell.type(page.get(block) ?? expect.fail(`the page has no commands "${block}"`))
    }
    const succeed = async (block: string): Promise<Ran> => {
      const ran = await type(block)
      if (ran.code !== 0) throw new Error(`"${block}" ended with ${ran.code}: ${ran.stderr}`)
      return ran
    }

    test('its addresses are those of the stack', async () => {
      await succeed('gatehouse')
      const block = page.get('addresses')!
      typed.add('addresses')
      const names = Array.from(block.matchAll(/^(\w+)=/gm), ([, name]) => name)
      const { generator, state } = opened()
      const values = {
        GENERATOR: generator,
        STATE: state,
        CLUSTER: 'gatehouse',
        PORT: await getPort(),
        PORT6: await getPort(),
      }
      expect(names).toEqual(Object.keys(values))
      await shell.type(
        Object.entries(values)
          .map(([name, value]) => `${name}=${value}`)
          .join('\n'),
      )
    })

    test('a kubeconfig is fetched and looked at', async () => {
      await succeed('kubeconfig')
      const { stdout } = await succeed('config view')
      expect(stdout).toContain('current-context: admin@kyma.cx@gatehouse')
      expect(stdout).toContain('token: REDACTED')
      expect(stdout).toContain('is running at')
      expect((await succeed('download')).stdout).toContain(ADMIN)
    })

    test('the two files of the cluster are downloaded, used and taken back', async () => {
      const { stdout } = await succeed('cluster files')
      expect(stdout).toMatch(/Username +admin@kyma\.cx\n/)
      expect(stdout).toMatch(/Username +system:gatehouse:download:admin@kyma\.cx:[0-9a-f]{20}\n/)
      expect(stdout).toContain('admin@kyma.cx@gatehouse ')
      expect(stdout).toContain('admin@kyma.cx@gatehouse-admin ')
      expect((await succeed('revoke')).stdout).toMatch(
        /Revoked [0-9a-f]{20}: the adminkubeconfig of gatehouse/,
      )
      const nodes = () => shell.type('kubectl --kubeconfig admin.yml get nodes')
      await expect.poll(nodes, often).toMatchObject({ code: 1, stderr: expect.stringContaining('forbidden') })
    })

    test.for(['kubectl proxy', 'kubectl proxy on IPv6'])('%s answers curl', async (proxy) => {
      await type(proxy)
      const curl = proxy === 'kubectl proxy' ? 'curl through kubectl proxy' : 'curl on IPv6'
      await expect.poll(async () => (await type(curl)).code, often).toBe(0)
      expect(JSON.parse((await succeed(curl)).stdout)).toMatchObject(VERSIONS)
    })

    test('a ServiceAccount token in a Secret is made, waited for, used in every way and removed', async () => {
      expect((await succeed('token secret')).stdout).toContain('secret/default-token created')
      for (const way of ['curl with the token', 'curl with jsonpath', 'curl with the authority']) {
        expect(JSON.parse((await succeed(way)).stdout)).toMatchObject(VERSIONS)
      }
      // The authority is what makes the difference.
      const other = await shell.type('curl --silent --cacert "$STATE/config/cluster-ca.pem" $APISERVER/api')
      expect(other.code).toBe(60)
      await succeed('remove the token')
      // The API server remembers for ten seconds whom it has seen, and so may the proxy.
      const code = () =>
        shell.type(
          'curl --silent --cacert ca.crt $APISERVER/api --header "Authorization: Bearer $TOKEN" --write-out %{http_code} --output /dev/null',
        )
      await expect.poll(code, { interval: 500 }).toMatchObject({ stdout: '401' })
    })

    test.for([
      ['go', 'go'],
      ['python', 'python3'],
      ['node', 'node'],
      ['java', 'mvn'],
    ] as const)('the %s client knows who it is', { timeout: 600_000 }, async ([block, program], context) => {
      typed.add(block)
      await needs(program, context)
      expect(toldIn((await succeed(block)).stdout)).toMatchObject([
        { context: `${ADMIN}@gatehouse`, username: ADMIN, namespaces: expect.any(Number) },
      ])
    })

    test('helm installs, lists and removes a chart', async () => {
      const { stdout } = await succeed('helm')
      expect(stdout).toMatch(/STATUS: deployed/)
      expect(stdout).toMatch(/web\s+demo\s+1/)
      expect(stdout).toContain('release "web" uninstalled')
    })

    test('nothing of the page was left out', () => {
      expect([...page.keys()].filter((block) => !typed.has(block))).toEqual([])
    })
  })
}
