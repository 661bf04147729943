import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  defaultSpecFile,
  exitCodeOf,
  loadSpec,
  mergeShards,
  readResult,
  runDiscovery,
  runMutations,
  type RunResult,
  runSpec,
  type Shard,
} from '@gatehouse/conformance'
import { REPORTS, terminalReport } from '@gatehouse/conformance/reports'
import { Command, InvalidArgumentError } from 'commander'
import { clusterTarget } from '../conformance/cluster-target.ts'
import { requireWritable } from '../conformance/report-files.ts'
import { stackTarget } from '../conformance/stack-target.ts'
import type { Context } from '../context.ts'
import { colors } from '../terminal/colors.ts'
import { reportFailure } from '../terminal/failure.ts'
import { createRunReporter } from '../terminal/run-progress.ts'
import { nameOption } from './options.ts'

interface Options {
  readonly name: string
  readonly target?: string
  readonly spec?: string
  readonly shard?: Shard
  readonly discover?: true
  readonly baseline: string
  readonly accept?: true
  readonly mutate?: true | string
  readonly merge?: readonly string[]
  readonly report: readonly WantedReport[]
  readonly json?: true
}

interface WantedReport {
  readonly format: keyof typeof REPORTS
  readonly file: string
}

export const conformance = (context: Context) =>
  new Command('conformance')
    .description('try who can do what, as every persona and through every way in, and compare with a spec')
    .option('-s, --spec <file>', "access spec (default: Kyma's people and roles)")
    .option('-t, --target <file>', 'a cluster that somebody else runs, instead of a stack')
    .option(
      '--shard <i/n>',
      'only the i-th of n parts of all cells, for several machines at once',
      parseShard,
    )
    .option(
      '-r, --report <format=file>',
      `write a report, ${Object.keys(REPORTS).join(', ')}; can be repeated`,
      addReport,
      [] as readonly WantedReport[],
    )
    .option(
      '--discover',
      'try everything that the cluster serves, and compare with a baseline instead of rules',
    )
    .option('--baseline <file>', 'the committed baseline', 'access-baseline.yaml')
    .option('--accept', 'write the baseline anew with what is found')
    .option(
      '--mutate [binding]',
      'prove that the spec can fail: change one binding at a time in a second cluster; only those whose name holds BINDING',
    )
    .option('--merge <files...>', 'put the results of all shards together (their --json), instead of a run')
    .option('--json', 'print the result as JSON')
    .addOption(nameOption())
    .addHelpText(
      'after',
      `
Everybody logs in for real. Nothing that is asked for is stored: writes are dry runs, or are about what is not
there. The run makes namespaces of its own and removes them. One that was interrupted goes on where it was.

Exit codes:
  0  every cell is as the spec says
  1  some cell is not, or two ways in disagree, or an answer was neither yes nor no
  2  the run could not be made, or not to its end; what is missing is said`,
    )
    .action(async (options: Options) => {
      try {
        process.exitCode = await check(options, context)
      } catch (error) {
        // Whatever kept the run from being one: nothing is known about anybody's rights.
        process.exitCode = reportFailure(error) === 130 ? 130 : 2
      }
    })

async function check(options: Options, context: Context): Promise<0 | 1 | 2> {
  const inDirectory = (file: string) => resolve(context.cwd, file)
  const reports = options.report.map((wanted) => ({ ...wanted, file: inDirectory(wanted.file) }))
  const written = [
    ...reports.map(({ file }) => file),
    ...(options.accept ? [inDirectory(options.baseline)] : []),
  ]
  await requireWritable(written)
  const result = options.merge
    ? mergeShards(await Promise.all(options.merge.map((file) => readResult(inDirectory(file)))))
    : await run(options, context)
  for (const { format, file } of reports) {
    await writeFile(file, await REPORTS[format](result, { root: context.cwd }))
  }
  const text = options.json
    ? JSON.stringify(result, undefined, 2)
    : terminalReport(result, { colors }).join('\n')
  console.log(text)
  return exitCodeOf(result)
}

async function run(options: Options, context: Context): Promise<RunResult> {
  const { name, spec: file, target: targetFile, shard = null, baseline, accept = false, mutate } = options
  const spec = await loadSpec(file === undefined ? defaultSpecFile : resolve(context.cwd, file))
  await using target = await (targetFile === undefined
    ? stackTarget(context, name)
    : clusterTarget(context, resolve(context.cwd, targetFile)))
  const reporter = createRunReporter(process.stderr)
  const how = { spec, target, shard, signal: interruption(), onProgress: reporter.progress }
  const running = mutate
    ? runMutations({ ...how, env: context.env, only: mutate === true ? '' : mutate })
    : options.discover
      ? runDiscovery({ ...how, baselineFile: resolve(context.cwd, baseline), accept })
      : runSpec(how)
  // Waited for here: the target is closed at the end of this function.
  return await running.finally(reporter.finish)
}

/** SIGINT and SIGTERM stop the run where it is; what was answered so far is kept. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  const abort = () => controller.abort(new DOMException('the run was interrupted', 'AbortError'))
  process.once('SIGINT', abort)
  process.once('SIGTERM', abort)
  return controller.signal
}

function parseShard(value: string): Shard {
  const [, index, count] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(value) ?? []
  if (index === undefined || Number(index) > Number(count))
    throw new InvalidArgumentError('give i/n, such as 1/4, with i from 1 to n')
  return { index: Number(index), count: Number(count) }
}

function addReport(value: string, all: readonly WantedReport[]): readonly WantedReport[] {
  const [, format = '', file = ''] = /^(\w+)=(.+)$/.exec(value) ?? []
  if (Object.hasOwn(REPORTS, format)) return [...all, { format: format as WantedReport['format'], file }]
  throw new InvalidArgumentError(`give FORMAT=FILE; formats are ${Object.keys(REPORTS).join(', ')}`)
}
