import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setInterval } from 'node:timers/promises'
import type { RunResult } from '@gatehouse/conformance'
import type { StackStatus } from '@gatehouse/stack/running'
import { execa } from 'execa'
import { cpuMicroseconds, machineTicks } from './cpu.ts'

export interface ConformanceBenchResult {
  readonly scenario: 'conformance'
  readonly cells: number
  /** While cells were asked. */
  readonly cellsPerSecond: number
  /** The whole command, logins and comparisons included. */
  readonly seconds: number
  readonly perPath: RunResult['timings']['perPath']
  /** Who used the CPU from the command's start to its end. */
  readonly cpu: readonly {
    readonly process: string
    readonly microsecondsPerCell: number
    /** Of all that these processes used, 0 to 1. */
    readonly share: number
  }[]
  /** The part of the machine's CPU time that a hypervisor took away meanwhile, 0 to 1. */
  readonly steal: number
}

const CLI = join(import.meta.dirname, '../../apps/cli/src/main.ts')
const PROCESSES = ['kube-apiserver', 'etcd', 'apiserver-proxy']
const SAMPLE_MS = 50

/** Everything that a fresh stack serves, as all its people, at the API server and through the proxy. */
export async function conformance(onProgress: (text: string) => void): Promise<ConformanceBenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'gh-bench-'))
  const gatehouse = (...args: string[]) =>
    execa(process.execPath, [CLI, ...args], {
      cwd: directory,
      env: { GATEHOUSE_STATE_DIR: directory },
      stdin: 'ignore',
      stripFinalNewline: true,
    })
  try {
    onProgress('starting a stack')
    await gatehouse('up', '--detach')
    const { processes } = JSON.parse((await gatehouse('status', '--json')).stdout) as StackStatus
    const pids = PROCESSES.map((name) => ({ name, pid: processes.find((one) => one.name === name)!.pid! }))
    const used = () => Promise.all(pids.map(({ pid }) => cpuMicroseconds(pid)))

    onProgress('asking')
    const [before, ticksBefore] = await Promise.all([used(), machineTicks()])
    const running = gatehouse(
      'conformance',
      '--json',
      '--discover',
      '--baseline',
      'baseline.yaml',
      '--accept',
    )
    const [{ stdout }, own] = await Promise.all([running, lastCpuOf(running.pid!)])
    const [after, ticksAfter] = await Promise.all([used(), machineTicks()])
    const result = JSON.parse(stdout) as RunResult
    const { cells } = result.totals
    const all = [
      ...pids.map(({ name }, index) => ({ process: name, microseconds: after[index]! - before[index]! })),
      { process: 'gatehouse conformance', microseconds: own },
    ]
    const sum = all.reduce((total, { microseconds }) => total + microseconds, 0)
    return {
      scenario: 'conformance',
      cells,
      cellsPerSecond: result.timings.cellsPerSecond,
      seconds: result.timings.totalMs / 1000,
      perPath: result.timings.perPath,
      cpu: all.map(({ process: name, microseconds }) => ({
        process: name,
        microsecondsPerCell: microseconds / cells,
        share: microseconds / sum,
      })),
      steal: (ticksAfter.steal - ticksBefore.steal) / (ticksAfter.total - ticksBefore.total),
    }
  } finally {
    await gatehouse('down')
    await rm(directory, { recursive: true, force: true })
  }
}

/** The CPU time of a process that ends by itself: what it had used when it was seen last. */
async function lastCpuOf(pid: number): Promise<number> {
  let last = 0
  for await (const _ of setInterval(SAMPLE_MS)) {
    const now = await cpuMicroseconds(pid)
    if (now === 0) break
    last = Math.max(last, now)
  }
  return last
}
