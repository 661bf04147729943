import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { findStack, stateRoot } from '@gatehouse/stack'
import { Command } from 'commander'
import type { Context } from '../context.ts'
import { nameOption } from './options.ts'

export const kubeconfig = (context: Context) =>
  new Command('kubeconfig')
    .description("log a person in through dex and fetch the person's kubeconfig from the generator")
    .argument('<person>', 'e-mail address, as "gatehouse status" lists them')
    .option('-o, --output <file>', 'write the file (mode 0600) instead of printing it')
    .addOption(nameOption())
    .action(async (person: string, { name, output }: { name: string; output?: string }) => {
      const stack = await findStack(stateRoot(context.env), name)
      const text = await stack.kubeconfig(person, AbortSignal.timeout(30_000))
      if (output === undefined) {
        process.stdout.write(text)
        return
      }
      const file = resolve(context.cwd, output)
      await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
        throw new Error(`${file} exists; remove it or name another file`, { cause: error })
      })
      console.log(`Wrote ${file}. Next: KUBECONFIG=${file} kubectl auth whoami`)
    })
