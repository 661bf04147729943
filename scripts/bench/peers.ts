import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { access, constants, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { resolveBinaries } from '@gatehouse/binaries'
import getPort from 'get-port'
import type { BenchWorld } from './bench-world.ts'
import { endChild } from './line-process.ts'

/** A proxy in front of the static upstream. */
export interface Peer extends AsyncDisposable {
  readonly name: string
  readonly pid: number
  readonly url: string
}

/** A peer that can't run here, and why. */
export interface Skipped {
  readonly name: string
  readonly skipped: string
}

/** nginx, `kubectl proxy` (plain HTTP on the client's side) and the apiserver-proxy, in this order. */
export async function startPeers(
  world: BenchWorld,
  stack: AsyncDisposableStack,
): Promise<(Peer | Skipped)[]> {
  const peers: (Peer | Skipped)[] = []
  for (const start of [startNginx, startKubectlProxy, startApiserverProxy]) {
    const peer = await start(world)
    if ('pid' in peer) stack.use(peer)
    peers.push(peer)
  }
  return peers
}

async function startNginx(world: BenchWorld): Promise<Peer | Skipped> {
  const nginx = await onPath('nginx')
  if (nginx === undefined)
    return { name: 'nginx', skipped: 'there is no nginx on the PATH (Debian: nginx-light)' }
  const port = await getPort({ host: '127.0.0.1' })
  const settings: Record<string, string> = {
    DIRECTORY: world.directory,
    PORT: String(port),
    UPSTREAM_PORT: String(world.upstreamPort),
    CERTIFICATE: world.certificateFile,
    KEY: world.keyFile,
    CA: world.caFile,
  }
  const template = await readFile(join(import.meta.dirname, 'nginx.conf'), 'utf8')
  const file = join(world.directory, 'nginx.conf')
  await writeFile(
    file,
    template.replaceAll(/@([A-Z_]+)@/g, (whole, name: string) => settings[name] ?? whole),
  )
  return startPeer('nginx', nginx, ['-p', world.directory, '-c', file], port, 'https', world)
}

async function startKubectlProxy(world: BenchWorld): Promise<Peer | Skipped> {
  const name = 'kubectl proxy'
  try {
    const { kubectl } = await resolveBinaries(['kubectl'], {
      env: process.env,
      signal: AbortSignal.timeout(600_000),
    })
    const port = await getPort({ host: '127.0.0.1' })
    const args = ['proxy', '--kubeconfig', world.kubeconfig, '--address', '127.0.0.1', '--port', String(port)]
    return await startPeer(name, kubectl.path, args, port, 'http', world)
  } catch (error) {
    return { name, skipped: (error as Error).message }
  }
}

async function startApiserverProxy(world: BenchWorld): Promise<Peer> {
  const port = await getPort({ host: '127.0.0.1' })
  const config = {
    listen: { port },
    operations: { port: 0 },
    tls: { certificateFile: world.certificateFile, keyFile: world.keyFile },
    upstream: { kubeconfig: world.kubeconfig },
    issuers: [world.issuer.settings],
    cors: { allowedOrigins: ['https://console.gatehouse.localhost:8443'] },
    passThrough: 'serviceAccounts',
  }
  const file = join(world.directory, 'proxy.json')
  await writeFile(file, JSON.stringify(config))
  const main = join(import.meta.dirname, '../../apps/apiserver-proxy/src/main.ts')
  return startPeer('apiserver-proxy', process.execPath, [main, '--config', file], port, 'https', world)
}

/** Starts a peer and waits until it accepts connections. */
export async function startPeer(
  name: string,
  command: string,
  args: readonly string[],
  port: number,
  protocol: 'http' | 'https',
  world: BenchWorld,
): Promise<Peer> {
  const log = openSync(join(world.directory, `${name.replaceAll(/\W/g, '-')}.log`), 'a', 0o600)
  const child = spawn(command, args, { stdio: ['ignore', log, log] })
  closeSync(log)
  child.on('error', () => undefined)
  for (let attempt = 0; !(await accepts(port)); attempt++) {
    if (attempt > 100 || child.exitCode !== null) {
      await endChild(child)
      const text = await readFile(join(world.directory, `${name.replaceAll(/\W/g, '-')}.log`), 'utf8')
      throw new Error(`${name} did not start: ${text.slice(-2000)}`)
    }
    await delay(100)
  }
  return {
    name,
    pid: child.pid!,
    url: `${protocol}://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => endChild(child),
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function onPath(name: string): Promise<string | undefined> {
  for (const directory of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']) {
    const path = join(directory, name)
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}
