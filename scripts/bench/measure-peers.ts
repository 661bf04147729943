import { join } from 'node:path'
import type { BenchWorld } from './bench-world.ts'
import { cpuMicroseconds, machineTicks } from './cpu.ts'
import { type LineProcess, startLineProcess } from './line-process.ts'
import type { Peer, Skipped } from './peers.ts'
import { median, medianInterval } from './statistics.ts'

export interface BenchOptions {
  readonly connections: number
  /** Requests to each peer before anything counts. */
  readonly warmUp: number
  /** Blocks of each peer; they take turns. */
  readonly blocks: number
  /** Requests in a block. */
  readonly requests: number
  readonly onProgress: (text: string) => void
}

export interface PeerResult {
  readonly name: string
  readonly skipped?: string
  /** CPU of the peer's process tree for one request, in microseconds: the median of its blocks. */
  readonly cpuMicroseconds?: number
  readonly cpuInterval?: readonly [number, number]
  /** The same as a multiple of the yardstick's in the same round, if that took part. */
  readonly times?: number
  readonly timesInterval?: readonly [number, number]
  readonly requestsPerSecond?: number
  readonly p50Ms?: number
  readonly p99Ms?: number
  /** Blocks that do not count, since an answer was no 2xx. */
  readonly voided?: number
}

export interface BenchResult {
  readonly scenario: string
  /** The peer that the others are compared with. */
  readonly yardstick: string
  readonly connections: number
  readonly blocks: number
  readonly requests: number
  /** The part of the machine's CPU time that a hypervisor took away meanwhile, 0 to 1. */
  readonly steal: number
  readonly peers: readonly PeerResult[]
}

interface Block {
  readonly cpu: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** What is asked of the peers, and whom they are compared with. */
export interface Scenario {
  readonly name: string
  readonly yardstick: string
  readonly path: string
  readonly world: BenchWorld
  readonly peers: readonly (Peer | Skipped)[]
}

/** GETs one path from each peer, over and over and in turns: what one request costs. */
export async function measurePeers(
  { name, yardstick, path, world, peers }: Scenario,
  options: BenchOptions,
): Promise<BenchResult> {
  await using stack = new AsyncDisposableStack()
  const running: { peer: Peer; load: LineProcess; rounds: (Block | undefined)[] }[] = []
  for (const peer of peers) {
    if (!('pid' in peer)) continue
    const load = stack.use(startLoad(peer, world, path, options.connections))
    await load.readLine()
    options.onProgress(`${peer.name}: ${options.warmUp} requests to warm up`)
    await runBlock(peer, load, options.warmUp)
    running.push({ peer, load, rounds: [] })
  }
  const before = await machineTicks()
  for (let round = 1; round <= options.blocks; round++) {
    options.onProgress(`round ${round} of ${options.blocks}`)
    for (const { peer, load, rounds } of running) rounds.push(await runBlock(peer, load, options.requests))
  }
  const after = await machineTicks()
  const compared = running.find(({ peer }) => peer.name === yardstick)?.rounds
  return {
    scenario: name,
    yardstick,
    connections: options.connections,
    blocks: options.blocks,
    requests: options.requests,
    steal: (after.steal - before.steal) / (after.total - before.total),
    peers: peers.map((peer): PeerResult => {
      const rounds = running.find((one) => one.peer === peer)?.rounds
      if (rounds === undefined) return { name: peer.name, skipped: 'skipped' in peer ? peer.skipped : '' }
      return { name: peer.name, ...summary(rounds, compared, options.requests) }
    }),
  }
}

function startLoad(peer: Peer, world: BenchWorld, path: string, connections: number): LineProcess {
  const script = join(import.meta.dirname, 'load-process.ts')
  const args = [script, peer.url, world.caFile, world.tokenFile, String(connections), path]
  return startLineProcess(process.execPath, args)
}

/** Undefined for a block that does not count. */
async function runBlock(peer: Peer, load: LineProcess, requests: number): Promise<Block | undefined> {
  const before = await cpuMicroseconds(peer.pid)
  load.writeLine(String(requests))
  const told = JSON.parse(await load.readLine()) as Block & { failed: number }
  const cpu = ((await cpuMicroseconds(peer.pid)) - before) / requests
  return told.failed > 0 ? undefined : { ...told, cpu }
}

function summary(
  rounds: readonly (Block | undefined)[],
  compared: readonly (Block | undefined)[] | undefined,
  requests: number,
): Omit<PeerResult, 'name'> {
  const blocks = rounds.filter((block) => block !== undefined)
  const cpu = blocks.map((block) => block.cpu)
  const ratios = rounds.flatMap((block, round) => {
    const other = compared?.[round]
    return block === undefined || other === undefined ? [] : [block.cpu / other.cpu]
  })
  return {
    cpuMicroseconds: median(cpu),
    cpuInterval: medianInterval(cpu),
    ...(ratios.length === 0 ? {} : { times: median(ratios), timesInterval: medianInterval(ratios) }),
    requestsPerSecond: median(blocks.map((block) => requests / block.seconds)),
    p50Ms: median(blocks.map((block) => block.p50Ms)),
    p99Ms: median(blocks.map((block) => block.p99Ms)),
    voided: rounds.length - blocks.length,
  }
}
