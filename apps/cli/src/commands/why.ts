import { stateRoot } from '@gatehouse/stack/running'
import { why as tellWhy } from '@gatehouse/stack/why'
import { Command } from 'commander'
import type { Context } from '../context.ts'
import { colors } from '../terminal/colors.ts'
import { describeWhy } from '../terminal/why.ts'
import { nameOption } from './options.ts'

interface Options {
  readonly name: string
  readonly user?: string
  readonly denied?: true
  readonly json?: true
}

export const why = (context: Context) =>
  new Command('why')
    .description(
      'tell why a request was allowed or denied: who asked what, and what the proxy, the API server and RBAC say',
    )
    .argument('<audit-id>', 'the Audit-ID of an answer, or "last" for the last request through the proxy')
    .option('-u, --user <user>', 'with "last": the last request of this user')
    .option('--denied', 'with "last": the last request that was not allowed')
    .option('--json', 'print JSON')
    .addOption(nameOption())
    .addHelpText(
      'after',
      `
Each answer has its Audit-ID in a header; kubectl shows it with -v=8. Rights are those that are there now.`,
    )
    .action(async (auditId: string, { name, user, denied, json }: Options, command: Command) => {
      const isLast = auditId === 'last'
      if (!isLast && (user !== undefined || denied)) {
        command.error('error: --user and --denied choose among the last requests; write: why last --user …')
      }
      const report = await tellWhy({
        name,
        root: stateRoot(context.env),
        env: context.env,
        request: isLast ? { ...(user === undefined ? {} : { user }), denied: denied ?? false } : auditId,
        signal: AbortSignal.timeout(60_000),
      })
      console.log(json ? JSON.stringify(report, undefined, 2) : describeWhy(report, colors).join('\n'))
    })
