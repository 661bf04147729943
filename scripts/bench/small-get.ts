import { openBenchWorld } from './bench-world.ts'
import { type BenchOptions, type BenchResult, measurePeers } from './measure-peers.ts'
import { startPeers } from './peers.ts'

/** GETs an answer of about 1.9 KB through each proxy: what a proxy costs for one request. */
export async function smallGet(options: BenchOptions): Promise<BenchResult> {
  await using stack = new AsyncDisposableStack()
  const world = stack.use(await openBenchWorld())
  const peers = await startPeers(world, stack)
  const path = '/api/v1/namespaces/default/configmaps/small'
  return await measurePeers({ name: 'small-get', yardstick: 'nginx', path, world, peers }, options)
}
