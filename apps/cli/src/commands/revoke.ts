import { printable } from '@gatehouse/server/printable'
import { findStack, stateRoot } from '@gatehouse/stack/running'
import { Command } from 'commander'
import type { Context } from '../context.ts'
import { nameOption } from './options.ts'

interface Options {
  readonly name: string
  readonly undo?: true
  readonly issuedSoFar?: true
}

export const revoke = (context: Context) =>
  new Command('revoke')
    .description("end a user's access through the proxy, streams included; without a user, list who has none")
    .argument('[user]', 'as the cluster knows them: an e-mail address, system:serviceaccount:NAMESPACE:NAME')
    .option('--issued-so-far', 'only the tokens that were issued until now: after a new login all is well')
    .option('--undo', 'give it back')
    .addOption(nameOption())
    .action(async (user: string | undefined, { name, undo, issuedSoFar }: Options) => {
      const { revocations } = await findStack(stateRoot(context.env), name)
      if (user === undefined) {
        for (const one of await revocations.list()) console.log(printable(describe(one)))
        return
      }
      if (undo) {
        const wasRevoked = await revocations.undo(user)
        console.log(wasRevoked ? `${user} has access again.` : `Nothing of ${user} was revoked.`)
        return
      }
      await revocations.revoke({ user, ...(issuedSoFar ? { issuedBefore: new Date() } : {}) })
      console.log(
        `From now on the proxy refuses ${issuedSoFar ? `the tokens that ${user} has` : user}. ` +
          'The API server itself takes a token until it expires.',
      )
    })

interface Revocation {
  readonly user?: string | undefined
  readonly tokenId?: string | undefined
  readonly issuedBefore?: string | undefined
}

function describe({ user, tokenId, issuedBefore }: Revocation): string {
  return [
    user ?? 'everybody',
    tokenId && `the token ${tokenId}`,
    issuedBefore && `tokens issued before ${issuedBefore}`,
  ]
    .filter(Boolean)
    .join(', ')
}
