import { manifestsToApply } from '@gatehouse/stack'
import { readConfiguration } from '@gatehouse/stack/settings'
import { Command } from 'commander'
import { stringify } from 'yaml'
import type { Context } from '../context.ts'
import { nameOption } from './options.ts'

interface Options {
  readonly name: string
  readonly config?: string
  readonly user?: string
}

export const manifests = (context: Context) =>
  new Command('manifests')
    .description('print what a stack wants on an existing cluster, for somebody who may apply it')
    .option('-c, --config <file>', 'configuration (default: gatehouse.yaml here, if there is one)')
    .option('-u, --user <name>', 'with the rights that let this user of the cluster start the stack')
    .addOption(nameOption())
    .action(async ({ name, config, user }: Options) => {
      const configuration = await readConfiguration(config, context.cwd, { name })
      const objects = await manifestsToApply(configuration, name, user)
      process.stdout.write(objects.map((object) => `---\n${stringify(object, { lineWidth: 0 })}`).join(''))
    })
