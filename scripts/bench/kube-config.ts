import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import getPort from 'get-port'
import { type BenchWorld, openBenchWorld } from './bench-world.ts'
import { type BenchOptions, type BenchResult, measurePeers } from './measure-peers.ts'
import { type Peer, startPeer } from './peers.ts'

const BARE = 'bare node:https'

/** GETs /kube-config: what a kubeconfig costs, beside a server that verifies each token anew and does no more. */
export async function kubeConfig(options: BenchOptions): Promise<BenchResult> {
  await using stack = new AsyncDisposableStack()
  const world = stack.use(await openBenchWorld())
  const peers: Peer[] = []
  for (const start of [startBare, startGenerator]) peers.push(stack.use(await start(world)))
  return await measurePeers(
    { name: 'kube-config', yardstick: BARE, path: '/kube-config', world, peers },
    options,
  )
}

async function startBare(world: BenchWorld): Promise<Peer> {
  const port = await getPort({ host: '127.0.0.1' })
  const { directory, caFile, certificateFile, keyFile, issuer } = world
  const file = join(directory, 'bare.json')
  const settings = {
    port,
    caFile,
    certificateFile,
    keyFile,
    issuer: issuer.url,
    audience: issuer.audience,
    keys: issuer.publicKeys(),
  }
  await writeFile(file, JSON.stringify(settings))
  const script = join(import.meta.dirname, 'bare-kubeconfig-process.ts')
  return startPeer(BARE, process.execPath, [script, file], port, 'https', world)
}

async function startGenerator(world: BenchWorld): Promise<Peer> {
  const port = await getPort({ host: '127.0.0.1' })
  const config = {
    listen: { port },
    operations: { port: 0 },
    tls: { certificateFile: world.certificateFile, keyFile: world.keyFile },
    issuers: [world.issuer.settings],
    cluster: { name: 'bench', server: 'https://127.0.0.1:9443', certificateAuthorityFile: world.caFile },
    allowedOrigins: ['https://console.gatehouse.localhost:8443'],
    // The load is one user's.
    limits: { filesPerMinute: 1_000_000 },
  }
  const file = join(world.directory, 'generator.json')
  await writeFile(file, JSON.stringify(config))
  const main = join(import.meta.dirname, '../../apps/kubeconfig-generator/src/main.ts')
  return startPeer('generator', process.execPath, [main, '--config', file], port, 'https', world)
}
