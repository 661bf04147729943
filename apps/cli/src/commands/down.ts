import { printable } from '@gatehouse/server/printable'
import { findStack, StackError, stateRoot } from '@gatehouse/stack/running'
import { Command } from 'commander'
import type { Context } from '../context.ts'
import { nameOption } from './options.ts'

export const down = (context: Context) =>
  new Command('down')
    .description('end a running stack; its data stays for the next start')
    .option('--remove-from-cluster', 'then remove from an existing cluster what the stack has created there')
    .addOption(nameOption())
    .action(async ({ name, removeFromCluster: remove }: { name: string; removeFromCluster?: true }) => {
      const root = stateRoot(context.env)
      try {
        const stack = await findStack(root, name)
        await stack.stop()
        console.log(`The stack "${name}" has ended; nothing of it is running.`)
      } catch (error) {
        // What was asked for is already so.
        if (!(error instanceof StackError && error.code === 'ERR_NOT_RUNNING')) throw error
        console.log(`No stack named "${name}" is running.`)
      }
      if (!remove) return
      const { removeFromCluster } = await import('@gatehouse/stack')
      const signal = AbortSignal.timeout(300_000)
      for (const line of await removeFromCluster({ root, name, env: context.env, signal })) {
        console.log(printable(line))
      }
    })
