import { findStack, StackError, stateRoot } from '@gatehouse/stack'
import { Command } from 'commander'
import type { Context } from '../program.ts'
import { nameOption } from './options.ts'

export const down = (context: Context) =>
  new Command('down')
    .description('end a running stack; its data stays for the next start')
    .addOption(nameOption())
    .action(async ({ name }: { name: string }) => {
      try {
        const stack = await findStack(stateRoot(context.env), name)
        await stack.stop()
        console.log(`The stack "${name}" has ended; nothing of it is running.`)
      } catch (error) {
        // What was asked for is already so.
        if (!(error instanceof StackError && error.code === 'ERR_NOT_RUNNING')) throw error
        console.log(`No stack named "${name}" is running.`)
      }
    })
