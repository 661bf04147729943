import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  buildKubeconfig,
  type ExecEntry,
  gatehouseExec,
  kubeloginExec,
  parseKubeconfig,
  stringifyKubeconfig,
} from '../src/index.ts'
import { runKubectl, viewOf } from './kubectl.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const cluster = { name: 'dev', server: 'https://127.0.0.1:1' }
const login = {
  issuer: 'https://dex.gatehouse.localhost:8443',
  address: '127.0.0.1:8443',
  clientId: 'kyma-client',
  extraScopes: ['email', 'groups', 'offline_access'],
  certificateAuthority: 'PEM',
  username: 'admin@kyma.cx',
}

async function directory(): Promise<string> {
  const made = await temporaryDirectory()
  onTestFinished(() => made[Symbol.asyncDispose]())
  return made.path
}

const documentWith = (exec: ExecEntry) => buildKubeconfig({ cluster, user: { name: 'a', exec } })

test('gatehouse get-token is told the issuer, where to dial it, and whose token is wanted', () => {
  expect(gatehouseExec(login)).toMatchObject({
    command: 'gatehouse',
    args: [
      'get-token',
      '--issuer=https://dex.gatehouse.localhost:8443',
      '--address=127.0.0.1:8443',
      '--client-id=kyma-client',
      '--extra-scope=email',
      '--extra-scope=groups',
      '--extra-scope=offline_access',
      '--certificate-authority-data=UEVN',
      '--username=admin@kyma.cx',
    ],
    interactiveMode: 'IfAvailable',
  })
  const elsewhere = gatehouseExec(login, ['/opt/node', '/opt/gatehouse/main.ts'])
  expect(elsewhere.command).toBe('/opt/node')
  expect(elsewhere.args.slice(0, 2)).toEqual(['/opt/gatehouse/main.ts', 'get-token'])
})

test("a client secret is not among gatehouse's arguments, which every user of the machine sees", () => {
  const exec = gatehouseExec({ ...login, clientSecret: 'hunter2' })
  expect(exec.args.join(' ')).not.toContain('hunter2')
  expect(documentWith(exec).users[0]?.user.exec?.env).toEqual([
    { name: 'GATEHOUSE_CLIENT_SECRET', value: 'hunter2' },
  ])
})

test('kubelogin is started as the kubectl plugin oidc-login', () => {
  const exec = kubeloginExec({ ...login, clientSecret: 'hunter2' })
  expect([exec.command, ...exec.args]).toEqual([
    'kubectl',
    'oidc-login',
    'get-token',
    '--oidc-issuer-url=https://dex.gatehouse.localhost:8443',
    '--oidc-client-id=kyma-client',
    '--oidc-client-secret=hunter2',
    '--oidc-extra-scope=email',
    '--oidc-extra-scope=groups',
    '--oidc-extra-scope=offline_access',
    '--oidc-pkce-method=S256',
    '--certificate-authority-data=UEVN',
    '--oidc-auth-request-extra-params=login_hint=admin@kyma.cx',
  ])
})

test.each([
  ['a,prompt@example.org', 'login_hint=a,prompt@example.org'],
  ['a,redirect_uri=https://evil.example', '"login_hint=a,redirect_uri=https://evil.example"'],
  ['a="b",c', '"login_hint=a=""b"",c"'],
  ['--oidc-issuer-url=https://evil.example', '"login_hint=--oidc-issuer-url=https://evil.example"'],
])('the user name %j is one parameter for kubelogin', (username, parameter) => {
  expect(kubeloginExec({ ...login, username }).args.at(-1)).toBe(
    `--oidc-auth-request-extra-params=${parameter}`,
  )
})

test('what is not given is left out', () => {
  const bare = { issuer: 'https://i', clientId: 'c', extraScopes: [] }
  expect(gatehouseExec(bare).args).toEqual(['get-token', '--issuer=https://i', '--client-id=c'])
  expect(kubeloginExec(bare).args).toEqual([
    'oidc-login',
    'get-token',
    '--oidc-issuer-url=https://i',
    '--oidc-client-id=c',
    '--oidc-pkce-method=S256',
  ])
})

test.each([
  ['gatehouse', gatehouseExec(login)],
  ['kubelogin', kubeloginExec(login)],
])('kubectl reads the entry for %s as it was written', async (_, exec) => {
  const document = documentWith({ ...exec, provideClusterInfo: false })
  const file = join(await directory(), 'config')
  await writeFile(file, stringifyKubeconfig(document))
  expect(parseKubeconfig(await readFile(file, 'utf8'))).toEqual(document)
  const view = await viewOf(file)
  expect(view.users[0]?.user['exec']).toEqual({ ...document.users[0]?.user.exec, env: null })
})

test('kubectl starts the program with these very arguments and variables, and tells it the cluster', async () => {
  const path = await directory()
  const program = join(path, 'plugin')
  await writeFile(
    program,
    `#!/bin/sh
printf '%s\\n' "$@" > '${path}/arguments'
printf '%s' "$PLUGIN_VARIABLE" > '${path}/variable'
printf '%s' "$KUBERNETES_EXEC_INFO" > '${path}/info'
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t"}}'
`,
  )
  await chmod(program, 0o700)
  const args = ['get-token', '--issuer=https://x?a=b&c', '--username=- yes\t"$HOME" `id`', '0123']
  const file = join(path, 'config')
  const document = documentWith({
    command: program,
    args,
    env: { PLUGIN_VARIABLE: '1e3' },
    interactiveMode: 'Never',
    installHint: 'none',
    provideClusterInfo: true,
  })
  await writeFile(file, stringifyKubeconfig(document))
  await expect(runKubectl([file], 'get', '--raw', '/')).rejects.toThrow(/127.0.0.1:1 was refused/)
  expect((await readFile(join(path, 'arguments'), 'utf8')).split('\n')).toEqual([...args, ''])
  expect(await readFile(join(path, 'variable'), 'utf8')).toBe('1e3')
  expect(JSON.parse(await readFile(join(path, 'info'), 'utf8'))).toMatchObject({
    apiVersion: 'client.authentication.k8s.io/v1',
    spec: { interactive: false, cluster: { server: cluster.server } },
  })
})

test('kubectl shows the install hint to who does not have the program', async () => {
  const file = join(await directory(), 'config')
  const exec = { ...gatehouseExec(login), command: 'no-such-gatehouse' }
  await writeFile(file, stringifyKubeconfig(documentWith(exec)))
  await expect(runKubectl([file], 'get', '--raw', '/')).rejects.toThrow(
    'Download the file again from the stack as it is now',
  )
})

test.each<[string, Partial<ExecEntry>, string]>([
  ['an empty command', { command: '' }, 'command is empty'],
  ['a variable without a name', { env: { '': 'x' } }, 'a variable without a name'],
])('%s is refused', (_, change, message) => {
  expect(() => documentWith({ ...gatehouseExec(login), ...change })).toThrow(message)
})
