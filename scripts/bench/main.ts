import { parseArgs } from 'node:util'
import { measureConsole } from './console.ts'
import { consoleTable } from './console-table.ts'
import { conformance, type ConformanceBenchResult } from './conformance.ts'
import { dexLogins, type LoginBenchResult } from './dex-logins.ts'
import { kubeConfig } from './kube-config.ts'
import type { BenchResult, PeerResult } from './measure-peers.ts'
import { smallGet } from './small-get.ts'

const usage = `Usage: pnpm bench --scenario small-get|kube-config|dex-logins|conformance|console [options]

  small-get    what a proxy costs for one request, against nginx
  kube-config  what a kubeconfig costs, against a bare node:https server that verifies the same tokens
  dex-logins   whole logins at the mock Dex, against a bare oidc-provider
  conformance  everything that a stack serves, as all its people, by two ways in (of the options, --json counts)
  console      the first page after the login, and 5,000 pods of which many change (of the options, --json counts)

  --json             one JSON document instead of a table
  --connections 32   open to each peer at one time (dex-logins: 8)
  --warm-up 50000    requests to each peer before anything counts (dex-logins: 500 logins)
  --blocks 10        blocks of each peer; they take turns
  --requests 5000    requests in a block (dex-logins: 500 logins)
  --profile          dex-logins: also where dex's CPU time goes, in a run of its own
`

const { values } = parseArgs({
  options: {
    scenario: { type: 'string' },
    json: { type: 'boolean', default: false },
    connections: { type: 'string' },
    'warm-up': { type: 'string' },
    blocks: { type: 'string', default: '10' },
    requests: { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
})
const onProgress = (text: string) => void process.stderr.write(`${text}\n`)
const optionsWith = (defaults: { connections: number; warmUp: number; requests: number }) => ({
  connections: Number(values.connections ?? defaults.connections),
  warmUp: Number(values['warm-up'] ?? defaults.warmUp),
  requests: Number(values.requests ?? defaults.requests),
  blocks: Number(values.blocks),
  onProgress,
})

const scenarios = {
  'small-get': () => measure(smallGet, 'apiserver-proxy'),
  'kube-config': () => measure(kubeConfig, 'generator'),
  async 'dex-logins'() {
    const options = optionsWith({ connections: 8, warmUp: 500, requests: 500 })
    const result = await dexLogins({ ...options, profile: values.profile })
    process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : loginTable(result))
  },
  async conformance() {
    const result = await conformance(onProgress)
    process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : conformanceTable(result))
  },
  async console() {
    const result = await measureConsole(onProgress)
    process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : consoleTable(result))
  },
}
/** Runs a scenario of peers; blocks of `ours` that do not count are a failure. */
async function measure(scenario: typeof smallGet, ours: string): Promise<void> {
  const result = await scenario(optionsWith({ connections: 32, warmUp: 50_000, requests: 5000 }))
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : peerTable(result))
  process.exitCode = result.peers.some(({ name, voided }) => name === ours && voided !== 0) ? 1 : 0
}

const { scenario = '' } = values
if (!Object.hasOwn(scenarios, scenario)) {
  process.stderr.write(usage)
  process.exit(2)
}
await scenarios[scenario as keyof typeof scenarios]()

function peerTable({ scenario: name, yardstick, peers, ...measured }: BenchResult): string {
  const { blocks, requests, connections, steal } = measured
  const head = `${name}: ${blocks} blocks of ${requests} requests for each peer, ${connections} connections, steal ${(steal * 100).toFixed(1)} %\n`
  return head + peers.map((peer) => row(peer, yardstick)).join('')
}

function row(peer: PeerResult, yardstick: string): string {
  const name = peer.name.padEnd(16)
  if (peer.skipped !== undefined) return `${name} SKIPPED: ${peer.skipped}\n`
  const number = (value: number | undefined, digits: number) => (value ?? NaN).toFixed(digits)
  const [low, high] = peer.timesInterval ?? []
  const ratio =
    peer.times === undefined
      ? ''
      : `${number(peer.times, 2)}× ${yardstick} (${number(low, 2)}–${number(high, 2)})`
  const voided = peer.voided === 0 ? '' : `  ${peer.voided} blocks void`
  return `${name} ${number(peer.cpuMicroseconds, 1).padStart(7)} µs CPU a request  ${ratio.padEnd(36)} ${number(peer.requestsPerSecond, 0).padStart(6)}/s  p50 ${number(peer.p50Ms, 1)} ms  p99 ${number(peer.p99Ms, 1)} ms${voided}\n`
}

function loginTable(result: LoginBenchResult): string {
  const { peers, blocks, requests, connections, steal, timesBare, timesBareInterval, profile } = result
  const [low, high] = timesBareInterval
  return [
    `dex-logins: ${blocks} blocks of ${requests} logins for each peer, ${connections} at a time, steal ${(steal * 100).toFixed(1)} %`,
    ...peers.map(
      ({ name, loginsPerSecond, cpuMicroseconds }) =>
        `${name.padEnd(16)} ${loginsPerSecond.toFixed(0).padStart(6)} logins/s  ${(cpuMicroseconds / 1000).toFixed(2).padStart(6)} ms CPU a login`,
    ),
    `dex is ${timesBare.toFixed(2)}× oidc-provider (${low.toFixed(2)}–${high.toFixed(2)})`,
    ...(profile ? ['', "where the time of dex's main thread goes:"] : []),
    ...(profile ?? [])
      .slice(0, 16)
      .map(({ part, share }) => `${(share * 100).toFixed(1).padStart(6)} %  ${part}`),
    '',
  ].join('\n')
}

function conformanceTable({ runs, steal }: ConformanceBenchResult): string {
  const tables = runs.map(({ name, cells, cellsPerSecond, cellsPerSecondOfCpu, seconds, perPath, cpu }) => [
    `${name}: ${cells} cells, ${cellsPerSecond.toFixed(0)} cells/s (the CPU allows ${cellsPerSecondOfCpu.toFixed(0)}), ${seconds.toFixed(1)} s in all`,
    ...Object.entries(perPath).map(
      ([path, { cells: own, medianMs, p99Ms }]) =>
        `  ${path.padEnd(22)} ${String(own).padStart(6)} cells  median ${medianMs.toFixed(1)} ms  p99 ${p99Ms.toFixed(1)} ms`,
    ),
    ...cpu.map(
      ({ process: program, microsecondsPerCell, share }) =>
        `  ${program.padEnd(22)} ${microsecondsPerCell.toFixed(0).padStart(6)} µs CPU a cell  ${(share * 100).toFixed(0).padStart(3)} %`,
    ),
  ])
  return [`conformance, steal ${(steal * 100).toFixed(1)} %`, ...tables.flat(), ''].join('\n')
}
