import { findStack, stateRoot } from '@gatehouse/stack/running'
import { Command } from 'commander'
import type { Context } from '../context.ts'
import { nameOption } from './options.ts'

export const token = (context: Context) =>
  new Command('token')
    .description('log a person in through dex and print the ID token, for curl and other clients')
    .argument('<person>', 'e-mail address, as "gatehouse status" lists them')
    .addOption(nameOption())
    .action(async (person: string, { name }: { name: string }) => {
      const stack = await findStack(stateRoot(context.env), name)
      console.log(await stack.idToken(person, AbortSignal.timeout(30_000)))
    })
