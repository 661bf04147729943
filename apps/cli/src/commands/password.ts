import { findStack, stateRoot } from '@gatehouse/stack/running'
import { Command } from 'commander'
import type { Context } from '../context.ts'
import { nameOption } from './options.ts'

export const password = (context: Context) =>
  new Command('password')
    .description("print a person's password, for logging in with a browser")
    .argument('<person>', 'e-mail address, as "gatehouse status" lists them')
    .addOption(nameOption())
    .action(async (person: string, { name }: { name: string }) => {
      const stack = await findStack(stateRoot(context.env), name)
      console.log(await stack.password(person))
    })
