import { printable } from '@gatehouse/server/printable'
import { findStack, type ListedDownload, stateRoot } from '@gatehouse/stack/running'
import { Command } from 'commander'
import type { Context } from '../context.ts'
import { columns } from '../terminal/table.ts'
import { nameOption } from './options.ts'

export const downloads = (context: Context) =>
  new Command('downloads')
    .description('kubeconfigs of clusters that were handed out with a credential of their own')
    .addCommand(list(context))
    .addCommand(revoke(context))

const list = (context: Context) =>
  new Command('list')
    .description('show those that are in force: who has what, since when and until when')
    .option('--json', 'print JSON: a list')
    .addOption(nameOption())
    .action(async ({ name, json }: { name: string; json?: true }) => {
      const stack = await findStack(stateRoot(context.env), name)
      const found = await stack.downloads()
      if (json) console.log(JSON.stringify(found, undefined, 2))
      else if (found.length === 0) console.log('No download is in force.')
      else console.log(describeDownloads(found).join('\n'))
    })

const revoke = (context: Context) =>
  new Command('revoke')
    .description('take away everything that these kubeconfigs may do, at once')
    .argument('<id...>', 'as "gatehouse downloads list" shows them')
    .addOption(nameOption())
    .action(async (ids: string[], { name }: { name: string }) => {
      const stack = await findStack(stateRoot(context.env), name)
      for (const { id, downloadedBy, file, cluster } of await stack.revokeDownloads(ids)) {
        console.log(printable(`Revoked ${id}: the ${file} of ${cluster} that ${downloadedBy} downloaded.`))
      }
    })

/** A table of downloads; times are UTC, to the second. Pure. */
export function describeDownloads(found: readonly ListedDownload[]): string[] {
  const time = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z')
  return columns([
    ['ID', 'WHO', 'CLUSTER', 'FILE', 'SINCE', 'UNTIL'],
    ...found.map(({ id, downloadedBy, cluster, file, issuedAt, expiresAt }) => [
      id,
      downloadedBy,
      cluster,
      file,
      time(issuedAt),
      time(expiresAt),
    ]),
  ])
}
