import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { localhostLookup } from '@gatehouse/authentication/login'
import { describe, expect, test } from 'vitest'
import { Agent, request } from 'undici'
import { ADMIN, type World } from './world.ts'

/** Whatever the stack says to anybody, it does not say its own keys. */
export function testSecrets(opened: () => World): void {
  describe('the private keys and credentials of the harness', () => {
    const notIn = async (told: readonly string[]) => {
      const secrets = await secretsOf(opened())
      expect(secrets.length).toBeGreaterThan(15)
      const text = told.map(decoded).join('\n')
      for (const secret of secrets) expect.soft(text.includes(secret)).toBe(false)
    }

    test('are found in the state directory, that of the administrator among them', async () => {
      const { stack, state } = opened()
      const admin = await readFile(stack.status.cluster!.adminKubeconfig, 'utf8')
      expect(stack.status.cluster!.adminKubeconfig).toContain(state)
      const secrets = await secretsOf(opened())
      // So that the search below would find it, however it is written.
      expect(secrets.filter((secret) => decoded(admin).includes(secret))).toHaveLength(1)
    })

    test('are in none of the kubeconfigs that were handed out', async () => {
      const { answers } = opened()
      expect(answers.length).toBeGreaterThan(8)
      await notIn(answers)
    })

    test('are in no log', async () => {
      const logs = await readBelow(opened().state, /\.(?:log|log\.\d|jsonl)$/)
      expect(logs.length).toBeGreaterThan(8)
      await notIn(logs)
    })

    test('are in no answer of the console, dex, the gateway and the proxy, with their operations', async () => {
      const answers = await askEverything(opened())
      expect(answers.length).toBeGreaterThan(15)
      await notIn(answers)
    })

    test('are in nothing that an administrator reads from the cluster', async () => {
      const admin = await opened().stack.terminalOf(ADMIN)
      const kinds = 'secrets,configmaps,serviceaccounts,certificatesigningrequests,clusterrolebindings'
      const { stdout } = await admin.kubectl('get', kinds, '--all-namespaces', '--output=yaml')
      expect(stdout).toContain('kind: ClusterRoleBinding')
      await notIn([stdout])
    })

    test('are in nothing that the commands print', { timeout: 180_000 }, async () => {
      const { gatehouse, status } = opened().stack
      const refused = [
        ['kubeconfig', 'nobody@example.org'],
        ['logs', 'nothing'],
      ]
      const commands = [
        ['status', '--all', '--json'],
        ['doctor', '--json'],
        ['logs', '--lines', '10000'],
        ['downloads', 'list', '--json'],
        ['kubeconfig', ADMIN],
        ['kubeconfig', ADMIN, '--format', 'exec'],
        ['kubeconfig', ADMIN, '--admin'],
        ['token', ADMIN],
        ['password', ADMIN],
        ['why', 'last', '--json'],
        ...refused,
      ]
      const outputs = await Promise.all(commands.map((command) => gatehouse(...command)))
      expect(commands.filter((_, index) => outputs[index]!.exitCode !== 0)).toEqual(refused)
      await notIn(outputs.flatMap(({ stdout, stderr }) => [stdout, stderr]))
      await notIn([JSON.stringify(status)])
    })

    test('are in no command line, which every user of the machine can read', async () => {
      const pids = [opened().stack.status.pid, ...opened().stack.status.processes.map(({ pid }) => pid)]
      const lines = await Promise.all(
        pids
          .filter((pid) => pid !== undefined)
          .map(async (pid) => (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')),
      )
      expect(lines.length).toBeGreaterThan(8)
      await notIn(lines)
    })
  })
}

/** A part of each private key, one that no other has, from files of keys and from kubeconfigs. */
async function secretsOf({ state }: World): Promise<string[]> {
  const keys = await readBelow(state, /\.key$/)
  const kubeconfigs = await readBelow(state, /(?:kubeconfig|\.ya?ml)$/)
  const inKubeconfigs = kubeconfigs.flatMap((text) =>
    Array.from(text.matchAll(/client-key-data: *"?([A-Za-z0-9+/=]+)/g), ([, data]) =>
      Buffer.from(data!, 'base64').toString(),
    ),
  )
  // The first line of a key is much the same for all.
  return [...new Set([...keys, ...inKubeconfigs].map((pem) => pem.split('\n')[2]!))]
}

async function readBelow(directory: string, name: RegExp): Promise<string[]> {
  const files = (await readdir(directory, { recursive: true })).filter((file) => name.test(file))
  return Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')))
}

/** Every kind of answer that the services give, good and bad, to somebody with a token and to nobody. */
async function askEverything({ stack, state, generator }: World): Promise<string[]> {
  const { urls, certificateAuthorityFile } = stack.status
  const ca = await readFile(certificateAuthorityFile)
  await using owned = new AsyncDisposableStack()
  const agent = owned.adopt(new Agent({ connect: { ca, lookup: localhostLookup } }), (one) => one.close())
  const authorization = `Bearer ${await stack.idToken(ADMIN)}`
  const paths = ['/', '/version', '/api', '/healthz', '/metrics', '/kube-config', '/config.json', '/no-such']
  const operations = (await readBelow(join(state, 'config'), /\.ya?ml$/)).flatMap((text) =>
    Array.from(text.matchAll(/^operations:\n(?: +.*\n)*? +port: (\d+)$/gm), ([, port]) => port!),
  )
  const targets = [
    ...[generator, ...Object.values(urls)].flatMap((base) => paths.map((path) => base + path)),
    `${stack.status.issuer}/.well-known/openid-configuration`,
    `${stack.status.issuer}/keys`,
    ...operations.flatMap((port) =>
      ['/livez', '/readyz', '/metrics'].map((path) => `http://127.0.0.1:${port}${path}`),
    ),
  ]
  const ask = async (url: string, headers: Record<string, string>) => {
    const answer = await request(url, { dispatcher: agent, headers })
    return `${JSON.stringify(answer.headers)}\n${await answer.body.text()}`
  }
  return await Promise.all(targets.flatMap((url) => [ask(url, {}), ask(url, { authorization })]))
}

/** A text with what stands in it as base64, and what stands in that. */
function decoded(text: string): string {
  const inside = (outer: string) =>
    (outer.match(/[A-Za-z0-9+/_-]{40,}={0,2}/g) ?? []).map((one) =>
      Buffer.from(one, 'base64').toString('latin1'),
    )
  const once = inside(text)
  return [text, ...once, ...once.flatMap(inside)].join('\n')
}
