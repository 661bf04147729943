import { Agent } from 'undici'
import { cpuMicroseconds, machineTicks } from './cpu.ts'
import { type LoginPeer, logIn } from './login-flow.ts'
import { startLoginPeers } from './login-peers.ts'
import { profileShares, type Share } from './cpu-profile.ts'
import { median, medianInterval } from './statistics.ts'

export interface LoginBenchOptions {
  /** Logins that are under way at one time. */
  readonly connections: number
  /** Logins with each peer before anything counts. */
  readonly warmUp: number
  /** Blocks of each peer; they take turns. */
  readonly blocks: number
  /** Logins in a block. */
  readonly requests: number
  /** Also say where the mock Dex's CPU time goes, in a run of its own. */
  readonly profile: boolean
  readonly onProgress: (text: string) => void
}

export interface LoginPeerResult {
  readonly name: string
  /** The median of its blocks. */
  readonly loginsPerSecond: number
  readonly cpuMicroseconds: number
}

export interface LoginBenchResult {
  readonly scenario: 'dex-logins'
  readonly connections: number
  readonly blocks: number
  readonly requests: number
  /** The part of the machine's CPU time that a hypervisor took away meanwhile, 0 to 1. */
  readonly steal: number
  readonly peers: readonly LoginPeerResult[]
  /** Dex's logins per second as a multiple of the bare provider's in the same round. */
  readonly timesBare: number
  readonly timesBareInterval: readonly [low: number, high: number]
  readonly profile?: readonly Share[]
}

interface Block {
  readonly loginsPerSecond: number
  readonly cpuMicroseconds: number
}

/** Whole logins with the code flow, bcrypt outside: the mock Dex against the oidc-provider it stands on. */
export async function dexLogins(options: LoginBenchOptions): Promise<LoginBenchResult> {
  const { connections, blocks, requests, warmUp, onProgress } = options
  await using stack = new AsyncDisposableStack()
  const peers = await startLoginPeers(stack)
  for (const peer of peers) await runBlock(peer, warmUp, connections)
  const before = await machineTicks()
  const rounds: Block[][] = []
  for (let round = 0; round < blocks; round++) {
    const results = new Map<string, Block>()
    // Who goes first changes, since the machine may get slower or faster.
    for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
      results.set(peer.name, await runBlock(peer, requests, connections))
    }
    rounds.push(peers.map(({ name }) => results.get(name)!))
    onProgress(`round ${round + 1} of ${blocks}`)
  }
  const after = await machineTicks()
  const ratios = rounds.map(([bare, dex]) => dex!.loginsPerSecond / bare!.loginsPerSecond)
  return {
    scenario: 'dex-logins',
    connections,
    blocks,
    requests,
    steal: (after.steal - before.steal) / Math.max(1, after.total - before.total),
    peers: peers.map(({ name }, index) => ({
      name,
      loginsPerSecond: median(rounds.map((round) => round[index]!.loginsPerSecond)),
      cpuMicroseconds: median(rounds.map((round) => round[index]!.cpuMicroseconds)),
    })),
    timesBare: median(ratios),
    timesBareInterval: medianInterval(ratios),
    ...(options.profile ? { profile: await profileDex(options) } : {}),
  }
}

async function runBlock(peer: LoginPeer, logins: number, connections: number): Promise<Block> {
  const agent = new Agent({ connections })
  let left = logins
  const cpu = await cpuMicroseconds(peer.pid)
  const began = performance.now()
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (left-- > 0) await logIn(peer, agent)
    }),
  )
  const seconds = (performance.now() - began) / 1000
  await agent.close()
  return {
    loginsPerSecond: logins / seconds,
    cpuMicroseconds: ((await cpuMicroseconds(peer.pid)) - cpu) / logins,
  }
}

/** A run with V8's profiler, which would slow down the one that is measured. */
async function profileDex({ connections, requests, warmUp }: LoginBenchOptions): Promise<readonly Share[]> {
  return profileShares(async (nodeOptions) => {
    await using stack = new AsyncDisposableStack()
    const [, dex] = await startLoginPeers(stack, nodeOptions)
    await runBlock(dex, warmUp + requests, connections)
  })
}
