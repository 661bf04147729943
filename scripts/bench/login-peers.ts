import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { endChild } from './line-process.ts'
import type { LoginPeer } from './login-flow.ts'

/** Starts a bare oidc-provider, and the mock Dex with a connector that compares a password without bcrypt. */
export async function startLoginPeers(
  stack: AsyncDisposableStack,
  nodeOptions: readonly string[] = [],
): Promise<readonly [bare: LoginPeer, dex: LoginPeer]> {
  const directory = await mkdtemp(join(tmpdir(), 'dex-logins-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const configFile = join(directory, 'dex.json')
  await writeFile(configFile, JSON.stringify(dexConfiguration()))
  const bareMain = fileURLToPath(new URL('bare-provider-process.ts', import.meta.url))
  const bare = await start([bareMain], (line) => (line.startsWith('http') ? line : undefined), stack)
  const dexMain = fileURLToPath(import.meta.resolve('@gatehouse/dex/main'))
  const dex = await start([...nodeOptions, dexMain, '--config', configFile], urlWhenStarted, stack)
  return [
    { name: 'oidc-provider', pid: bare.pid, authorization: `${bare.line}/auth`, token: `${bare.line}/token` },
    { name: 'dex', pid: dex.pid, authorization: `${dex.line}/auth`, token: `${dex.line}/token` },
  ]
}

/** As it is in use: with its access log. */
function dexConfiguration() {
  return {
    issuer: 'http://127.0.0.1:0',
    storage: { type: 'memory' },
    web: { http: '127.0.0.1:0' },
    oauth2: { skipApprovalScreen: true },
    connectors: [
      { type: 'mockPassword', id: 'bench', name: 'Bench', config: { username: 'bench', password: 'bench' } },
    ],
    staticClients: [
      {
        id: 'bench',
        name: 'Bench',
        secret: 'bench-secret',
        redirectURIs: ['https://client.invalid/callback'],
      },
    ],
  }
}

function urlWhenStarted(line: string): string | undefined {
  const entry = JSON.parse(line) as { msg: string; urls?: { http?: string } }
  return entry.msg === 'started' ? entry.urls?.http : undefined
}

/** Starts a Node process and returns what `read` finds in one of its lines; the later ones are thrown away. */
async function start(
  args: readonly string[],
  read: (line: string) => string | undefined,
  stack: AsyncDisposableStack,
): Promise<{ pid: number; line: string }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  stack.defer(() => endChild(child))
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) {
    const found = read(line)
    if (found === undefined) continue
    lines.close()
    child.stdout.resume()
    return { pid: child.pid!, line: found }
  }
  throw new Error(`${args.join(' ')} ended before it was ready`)
}
