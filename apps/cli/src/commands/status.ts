import { findStack, listStacks, type StackStatus, stateRoot } from '@gatehouse/stack/running'
import { Command } from 'commander'
import type { Context } from '../context.ts'
import { describeStack } from '../terminal/stack-table.ts'
import { nameOption } from './options.ts'

interface Options {
  readonly name: string
  readonly json?: true
  readonly all?: true
  readonly healthy?: true
}

export const status = (context: Context) =>
  new Command('status')
    .description('show what a running stack consists of, where it listens and who can log in')
    .option('-a, --all', 'every stack that runs, not just one')
    .option('--healthy', 'end with 1 unless everything is healthy')
    .option('--json', 'print JSON: one object, or a list with --all')
    .addOption(nameOption())
    .action(async ({ name, json, all, healthy }: Options) => {
      const root = stateRoot(context.env)
      const found = all ? await listStacks(root) : [await (await findStack(root, name)).status()]
      if (json) console.log(JSON.stringify(all ? found : found[0], undefined, 2))
      else if (found.length === 0) console.log('No stack is running.')
      else console.log(found.map((stack) => describeStack(stack).join('\n')).join('\n\n'))
      if (healthy && !found.every(isHealthy)) process.exitCode = 1
    })

function isHealthy({ phase, processes }: StackStatus): boolean {
  return phase === 'running' && processes.every((process) => process.phase === 'healthy')
}
