import { findStack, stateRoot } from '@gatehouse/stack'
import { Command } from 'commander'
import type { Context } from '../program.ts'
import { describeStack } from '../terminal/stack-table.ts'
import { nameOption } from './options.ts'

export const status = (context: Context) =>
  new Command('status')
    .description('show what a running stack consists of, where it listens and who can log in')
    .option('--json', 'print JSON')
    .addOption(nameOption())
    .action(async ({ name, json }: { name: string; json?: true }) => {
      const stack = await findStack(stateRoot(context.env), name)
      const found = await stack.status()
      console.log(json ? JSON.stringify(found, undefined, 2) : describeStack(found).join('\n'))
    })
