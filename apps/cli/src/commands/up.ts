import {
  type OwnProviderName,
  readConfiguration,
  SERVICE_NAMES,
  type ServiceName,
  type SomePorts,
} from '@gatehouse/stack/settings'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Context } from '../context.ts'
import { detach } from '../detach.ts'
import { clusterOption } from './cluster-option.ts'
import { listenHostOption, portOption } from './listen-options.ts'
import { nameOption } from './options.ts'

export interface UpOptions {
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
    .action(async (options: UpOptions) => {
      // Read before anything is started, also where another process will start it.
      const configuration = await readConfiguration(options.config, context.cwd, {
        name: options.name,
        provider: options.cluster,
        ports: options.port,
        listenHost: options.listenHost,
      })
      if (options.detach) return detach(context, options)
      const { runInForeground } = await import('../foreground.ts')
      return runInForeground(context, configuration, options)
    })

function addService(wanted: string, all: readonly ServiceName[] = []): readonly ServiceName[] {
  const known = SERVICE_NAMES.find((name) => name === wanted)
  if (known) return [...all, known]
  throw new InvalidArgumentError(`there are ${SERVICE_NAMES.join(', ')}`)
}
