import { ConformanceError } from './errors.ts'
import { totalsOf } from './judge/verdict.ts'
import type { RunResult } from './result.ts'
import { timingsPerPath } from './run/timings.ts'

/**
 * Puts the results of all shards of one run together. They may have run on several clusters; of what differs
 * between those (addresses, namespaces) the first shard's is kept. Pure.
 *
 * @throws ConformanceError `ERR_MERGE` where they are not the parts of one run, each once
 */
export function mergeShards(results: readonly RunResult[]): RunResult {
  const shards = results.toSorted((a, b) => (a.shard?.index ?? 0) - (b.shard?.index ?? 0))
  const [first] = shards
  if (!first) throw new ConformanceError('ERR_MERGE', 'there is no result to merge')
  requireOneRun(shards)
  const cells = shards.flatMap((one) => one.cells)
  const longest = (of: (timings: RunResult['timings']) => number) =>
    Math.max(...shards.map(({ timings }) => of(timings)))
  const { baseline } = first
  return {
    ...first,
    shard: null,
    startedAt: shards.map(({ startedAt }) => startedAt).toSorted()[0]!,
    complete: shards.every(({ complete }) => complete),
    missing: shards.flatMap(({ missing, shard }) => missing.map((one) => `shard ${shard?.index}: ${one}`)),
    cells,
    disagreements: shards.flatMap(({ disagreements }) => disagreements),
    baseline: baseline && { ...baseline, changes: shards.flatMap((one) => one.baseline?.changes ?? []) },
    totals: totalsOf(cells),
    timings: {
      loginMs: longest(({ loginMs }) => loginMs),
      setupMs: longest(({ setupMs }) => setupMs),
      requestsMs: longest(({ requestsMs }) => requestsMs),
      auditMs: longest(({ auditMs }) => auditMs),
      totalMs: longest(({ totalMs }) => totalMs),
      cellsPerSecond: shards.reduce((sum, { timings }) => sum + timings.cellsPerSecond, 0),
      perPath: timingsPerPath(cells),
    },
  }
}

function requireOneRun(shards: readonly RunResult[]): void {
  const [first] = shards
  const refuse = (why: string) =>
    new ConformanceError('ERR_MERGE', `these are not the parts of one run: ${why}`)
  const count = first?.shard?.count
  if (count === undefined) throw refuse('one of them is a run without --shard')
  const alike = ({ spec, cluster, mode, shard, paths }: RunResult) =>
    JSON.stringify([spec.digest, cluster.version, mode, shard?.count, paths.map(({ id }) => id)])
  if (shards.some((one) => alike(one) !== alike(first!)))
    throw refuse(
      'they differ in the spec, the version of Kubernetes, the mode, the ways in or the number of shards',
    )
  const found = shards.map(({ shard }) => shard!.index)
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((one) => !found.includes(one))
  if (missing.length > 0) throw refuse(`of ${count} shards, ${missing.join(', ')} are missing`)
  const twice = found.find((one, index) => found.indexOf(one) !== index)
  if (twice !== undefined) throw refuse(`shard ${twice} is there twice`)
}
