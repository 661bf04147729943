import { type OwnProviderName } from '@gatehouse/stack/settings'
import { stateRoot } from '@gatehouse/stack/running'
import { examine } from '@gatehouse/stack/doctor'
import { Command } from 'commander'
import { colors } from '../terminal/colors.ts'
import type { Context } from '../context.ts'
import { describeFindings } from '../terminal/findings.ts'
import { clusterOption } from './cluster-option.ts'
import { nameOption } from './options.ts'

interface Options {
  readonly name: string
  readonly config?: string
  readonly cluster?: OwnProviderName
  readonly json?: true
}

export const doctor = (context: Context) =>
  new Command('doctor')
    .description(
      'look at this machine, at the configuration and at the stack, running or not, and say what to do',
    )
    .option('-c, --config <file>', 'configuration (default: gatehouse.yaml here, if there is one)')
    .addOption(clusterOption())
    .option('--json', 'print JSON: a list of {check, level, message, remedy}')
    .addOption(nameOption())
    .addHelpText(
      'after',
      `
Nothing is started, built or changed. A running stack is also asked to prove OpenID Connect: a person logs
in at dex, the API server and the proxy must both know the bearer of the token, and refuse a forged one.

Exit codes:
  0  no error was found (there may be warnings)
  1  at least one error was found`,
    )
    .action(async ({ name, config, cluster, json }: Options) => {
      const findings = await examine({
        name,
        root: stateRoot(context.env),
        env: context.env,
        directory: context.cwd,
        ...(config === undefined ? {} : { configurationFile: config }),
        ...(cluster === undefined ? {} : { provider: cluster }),
        signal: AbortSignal.timeout(120_000),
      })
      console.log(
        json ? JSON.stringify(findings, undefined, 2) : describeFindings(findings, colors).join('\n'),
      )
      if (findings.some(({ level }) => level === 'error')) process.exitCode = 1
    })
