import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { findStack, type KubeconfigOptions, stateRoot } from '@gatehouse/stack/running'
import { Command, Option } from 'commander'
import type { Context } from '../context.ts'
import { nameOption } from './options.ts'

interface Options extends KubeconfigOptions {
  readonly name: string
  readonly output?: string
  readonly merge?: true
  readonly use?: true
}

export const kubeconfig = (context: Context) =>
  new Command('kubeconfig')
    .description("log a person in through dex and fetch the person's kubeconfig from the generator")
    .argument('<person>', 'e-mail address, as "gatehouse status" lists them')
    .option('--cluster <id>', "a cluster of the catalogue (default: the stack's own, through the proxy)")
    .option('--admin', "the cluster's admin kubeconfig: past the proxy, with a credential of its own")
    .addOption(
      new Option('--format <format>', 'exec logs in when it is used, token holds a token').choices([
        'token',
        'exec',
      ]),
    )
    .addOption(
      new Option('--plugin <plugin>', 'what logs in for the format exec').choices(['gatehouse', 'kubelogin']),
    )
    .option('--namespace <namespace>', 'the default namespace')
    .option('-o, --output <file>', 'write the file (mode 0600) instead of printing it')
    .addOption(
      new Option(
        '--merge',
        'put it into $KUBECONFIG or ~/.kube/config, and change nothing else there',
      ).conflicts('output'),
    )
    .option('--use', 'with --merge: switch to the new context')
    .addOption(nameOption())
    .action(async (person: string, options: Options) => {
      const stack = await findStack(stateRoot(context.env), options.name)
      const text = await stack.kubeconfig(person, options, AbortSignal.timeout(30_000))
      if (options.merge) {
        // Parsers of YAML are for those who merge.
        const { mergeKubeconfig } = await import('../merge-kubeconfig.ts')
        console.log((await mergeKubeconfig(text, options.use ?? false, context)).join('\n'))
        return
      }
      if (options.output === undefined) {
        process.stdout.write(text)
        return
      }
      const file = resolve(context.cwd, options.output)
      await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
        throw new Error(`${file} exists; remove it or name another file`, { cause: error })
      })
      console.log(`Wrote ${file}. Next: KUBECONFIG=${file} kubectl auth whoami`)
    })
