import { parseArgs } from 'node:util'
import { type BenchResult, type PeerResult, smallGet } from './small-get.ts'

const usage = `Usage: pnpm bench --scenario small-get [options]

  --json             one JSON document instead of a table
  --connections 32   open to each peer at one time
  --warm-up 50000    requests to each peer before anything counts
  --blocks 10        blocks of each peer; they take turns
  --requests 5000    requests in a block
`

const { values } = parseArgs({
  options: {
    scenario: { type: 'string' },
    json: { type: 'boolean', default: false },
    connections: { type: 'string', default: '32' },
    'warm-up': { type: 'string', default: '50000' },
    blocks: { type: 'string', default: '10' },
    requests: { type: 'string', default: '5000' },
  },
})
if (values.scenario !== 'small-get') {
  process.stderr.write(usage)
  process.exit(2)
}
const result = await smallGet({
  connections: Number(values.connections),
  warmUp: Number(values['warm-up']),
  blocks: Number(values.blocks),
  requests: Number(values.requests),
  onProgress: (text) => process.stderr.write(`${text}\n`),
})
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : table(result))
process.exitCode = result.peers.some(({ name, voided }) => name === 'apiserver-proxy' && voided !== 0) ? 1 : 0

function table({ peers, blocks, requests, connections, steal }: BenchResult): string {
  const head = `small-get: ${blocks} blocks of ${requests} requests for each peer, ${connections} connections, steal ${(steal * 100).toFixed(1)} %\n`
  return head + peers.map(row).join('')
}

function row(peer: PeerResult): string {
  const name = peer.name.padEnd(16)
  if (peer.skipped !== undefined) return `${name} SKIPPED: ${peer.skipped}\n`
  const number = (value: number | undefined, digits: number) => (value ?? NaN).toFixed(digits)
  const [low, high] = peer.timesNginxInterval ?? []
  const ratio =
    peer.timesNginx === undefined
      ? ''
      : `${number(peer.timesNginx, 2)}× nginx (${number(low, 2)}–${number(high, 2)})`
  const voided = peer.voided === 0 ? '' : `  ${peer.voided} blocks void`
  return `${name} ${number(peer.cpuMicroseconds, 1).padStart(7)} µs CPU a request  ${ratio.padEnd(26)} ${number(peer.requestsPerSecond, 0).padStart(6)}/s  p50 ${number(peer.p50Ms, 1)} ms  p99 ${number(peer.p99Ms, 1)} ms${voided}\n`
}
