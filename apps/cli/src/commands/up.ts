import {
  type OwnProviderName,
  readConfiguration,
  SERVICE_NAMES,
  type ServiceName,
  type SomePorts,
  startStack,
} from '@gatehouse/stack'
import { stateRoot } from '@gatehouse/stack/running'
import { Supervisor } from '@gatehouse/supervisor'
import { Command, InvalidArgumentError, Option } from 'commander'
import { colors } from '../terminal/colors.ts'
import type { Context } from '../context.ts'
import { detach } from '../detach.ts'
import { createReporter } from '../terminal/reporter.ts'
import { thisProgram } from '../this-program.ts'
import { describeAccess, nextSteps } from '../terminal/stack-table.ts'
import { clusterOption } from './cluster-option.ts'
import { listenHostOption, portOption } from './listen-options.ts'
import { nameOption } from './options.ts'

interface Options {
  readonly name: string
  readonly config?: string
  readonly cluster?: OwnProviderName
  readonly detach?: true
  readonly fresh?: true
  readonly without: readonly ServiceName[]
  readonly watch?: true
  readonly write?: true
  readonly retain?: true
  readonly port?: SomePorts
  readonly listenHost?: string
}

export const up = (context: Context) =>
  new Command('up')
    .description('start a stack and stay in the foreground; Ctrl-C ends it, a second Ctrl-C kills it')
    .option('-c, --config <file>', 'configuration (default: gatehouse.yaml here, if there is one)')
    .addOption(clusterOption())
    .option('-d, --detach', 'return once everything is healthy, and leave the stack running')
    .option('--fresh', "forget the cluster's and dex's data of the last start")
    .addOption(
      new Option(
        '--without <service>',
        'leave a service to you: write its configuration, wait for it (can be repeated)',
      )
        .argParser(addService)
        .default([] as readonly ServiceName[], 'none')
        .conflicts('detach'),
    )
    .option('--write', 'write to an existing cluster what the stack needs there; without it, it is only read')
    .option('--retain', 'leave the node of a kind cluster that failed to start, to look into it')
    .option('--watch', 'restart a service when its source changes')
    .addOption(portOption())
    .addOption(listenHostOption())
    .addOption(nameOption())
    .action(async (options: Options) => {
      // Read before anything is started, also where another process will start it.
      const configuration = await readConfiguration(options.config, context.cwd, {
        name: options.name,
        provider: options.cluster,
        ports: options.port,
        listenHost: options.listenHost,
      })
      if (options.detach) return detach(context, options)
      const reporter = createReporter(process.stdout)
      const supervisor = new Supervisor()
      supervisor.on('change', (state) => reporter.change(state, supervisor.states()))
      supervisor.on('crash', reporter.crash)
      const interrupt = listenForInterrupts(() => supervisor.kill())
      const { name } = options
      await using stack = await startStack({
        name,
        configuration,
        root: stateRoot(context.env),
        env: context.env,
        command: thisProgram,
        signal: interrupt.signal,
        supervisor,
        onProgress: reporter.progress,
        onNotice: reporter.notice,
        fresh: options.fresh ?? false,
        without: options.without,
        watch: options.watch ?? false,
        write: options.write ?? false,
        retain: options.retain ?? false,
      }).finally(reporter.finish)
      const status = stack.status()
      const command = context.env['npm_lifecycle_event'] ? 'npx -y pnpm@12 gatehouse' : 'gatehouse'
      console.log(
        [
          ...describeAccess(status),
          '',
          colors.green(`All healthy after ${status.healthyAfterSeconds?.toFixed(1)} s.`),
          ...nextSteps(status, command),
          'Ctrl-C ends the stack.',
        ].join('\n'),
      )
      await Promise.race([stack.ended, interrupt.received])
      console.log('Ending the stack…')
      await stack.stop()
      console.log('Everything has ended.')
    })

/** The first SIGINT or SIGTERM asks for an orderly end, the second one kills. */
function listenForInterrupts(kill: () => void): { signal: AbortSignal; received: Promise<void> } {
  const controller = new AbortController()
  const received = Promise.withResolvers<void>()
  const onSignal = () => {
    if (controller.signal.aborted) {
      kill()
      process.exit(130)
    }
    received.resolve()
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return { signal: controller.signal, received: received.promise }
}

function addService(wanted: string, all: readonly ServiceName[] = []): readonly ServiceName[] {
  const known = SERVICE_NAMES.find((name) => name === wanted)
  if (known) return [...all, known]
  throw new InvalidArgumentError(`there are ${SERVICE_NAMES.join(', ')}`)
}
