import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultSpecFile, type RunResult } from '@gatehouse/conformance'
import type { StackStatus } from '@gatehouse/stack/running'
import { execa } from 'execa'
import { parse, stringify } from 'yaml'
import { cpuMicroseconds, machineTicks } from './cpu.ts'

export interface ConformanceBenchResult {
  readonly scenario: 'conformance'
  readonly runs: readonly ConformanceRun[]
  /** The part of the machine's CPU time that a hypervisor took away meanwhile, 0 to 1. */
  readonly steal: number
}

interface ConformanceRun {
  readonly name: string
  readonly cells: number
  /** While cells were asked. */
  readonly cellsPerSecond: number
  /** What the machine's cores could ask in a second if nothing else ran on them. */
  readonly cellsPerSecondOfCpu: number
  /** The whole command, logins and comparisons included. */
  readonly seconds: number
  readonly perPath: RunResult['timings']['perPath']
  /** Who used the CPU while cells were asked. */
  readonly cpu: readonly {
    readonly process: string
    readonly microsecondsPerCell: number
    /** Of all that these processes used, 0 to 1. */
    readonly share: number
  }[]
}

const CLI = join(import.meta.dirname, '../../apps/cli/src/main.ts')
const PROCESSES = ['kube-apiserver', 'etcd', 'apiserver-proxy']

/**
 * Reads, by each way in and by both at once, then everything that a fresh stack serves; all of it as all its
 * people. What is asked first is asked twice, since a fresh API server has things to do once.
 */
export async function conformance(onProgress: (text: string) => void): Promise<ConformanceBenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'gh-bench-'))
  const gatehouse = gatehouseIn(directory)
  try {
    onProgress('starting a stack')
    await gatehouse('up', '--detach')
    const { processes } = JSON.parse((await gatehouse('status', '--json')).stdout) as StackStatus
    const pids = PROCESSES.map((name) => processes.find((one) => one.name === name)!.pid!)
    const plan = await runsIn(directory)
    onProgress('warming up')
    await measure(gatehouse('conformance', ...plan[0]!.args), pids)
    const before = await machineTicks()
    const runs: ConformanceRun[] = []
    for (const { name, args } of plan) {
      onProgress(name)
      runs.push({ name, ...(await measure(gatehouse('conformance', ...args), pids)) })
    }
    const after = await machineTicks()
    return {
      scenario: 'conformance',
      runs,
      steal: (after.steal - before.steal) / (after.total - before.total),
    }
  } finally {
    await gatehouse('down')
    await rm(directory, { recursive: true, force: true })
  }
}

/** Runs the CLI; `directory` holds its state. Not everybody may read everything, so 1 is a good end. */
function gatehouseIn(directory: string) {
  return (...args: string[]) =>
    execa(process.execPath, [CLI, ...args], {
      cwd: directory,
      env: { GATEHOUSE_STATE_DIR: directory },
      stdin: 'ignore',
      reject: false,
    })
}

/** The arguments of each run, and its name for people. */
async function runsIn(directory: string): Promise<{ name: string; args: string[] }[]> {
  const spec = parse(await readFile(defaultSpecFile, 'utf8')) as object
  const rules = [{ personas: '*', may: 'read', resources: '*' }]
  const reads = [['direct', 'proxy'], ['direct'], ['proxy']].map(async (paths) => {
    const file = join(directory, `${paths.join('-')}.yaml`)
    await writeFile(file, stringify({ ...spec, paths, everythingElse: 'uncovered', sets: {}, rules }))
    return { name: `reads, ${paths.join(' and ')}`, args: ['--json', '--spec', file] }
  })
  const everything = ['--json', '--discover', '--baseline', join(directory, 'baseline.yaml'), '--accept']
  return [...(await Promise.all(reads)), { name: 'everything, direct and proxy', args: everything }]
}

async function measure(
  running: ReturnType<ReturnType<typeof gatehouseIn>>,
  pids: readonly number[],
): Promise<Omit<ConformanceRun, 'name'>> {
  const used = () => Promise.all([...pids, running.pid!].map(cpuMicroseconds))
  let before: number[] = []
  let after: number[] = []
  // While it asks; each step begins with a line.
  for await (const line of running.iterable({ from: 'stderr' })) {
    if (line === 'asking') before = await used()
    else if (line.startsWith('comparing')) after = await used()
  }
  const { exitCode, stdout, stderr } = await running
  if (exitCode !== 0 && exitCode !== 1) throw new Error(`gatehouse conformance failed:\n${stderr}`)
  const { totals, timings } = JSON.parse(stdout) as RunResult
  if (totals.inconclusive > 0) throw new Error(`${totals.inconclusive} cells were inconclusive`)
  const perCell = after.map((microseconds, index) => (microseconds - before[index]!) / totals.cells)
  const sum = perCell.reduce((total, one) => total + one, 0)
  return {
    cells: totals.cells,
    cellsPerSecond: timings.cellsPerSecond,
    cellsPerSecondOfCpu: (availableParallelism() * 1e6) / sum,
    seconds: timings.totalMs / 1000,
    perPath: timings.perPath,
    cpu: [...PROCESSES, 'gatehouse conformance'].map((name, index) => ({
      process: name,
      microsecondsPerCell: perCell[index]!,
      share: perCell[index]! / sum,
    })),
  }
}
