import { Command } from 'commander'
import { doctor } from './commands/doctor.ts'
import { down } from './commands/down.ts'
import { kubeconfig } from './commands/kubeconfig.ts'
import { logs } from './commands/logs.ts'
import { manifests } from './commands/manifests.ts'
import { password } from './commands/password.ts'
import { status } from './commands/status.ts'
import { token } from './commands/token.ts'
import { up } from './commands/up.ts'
import { why } from './commands/why.ts'
import type { Context } from './context.ts'

/** The `gatehouse` command with all its sub-commands. */
export function createProgram(context: Context): Command {
  const program = new Command('gatehouse')
    .description('A local identity stack for Kubernetes access, and the proof of who can do what.')
    .helpCommand(false)
    .showHelpAfterError('(add --help for what is possible)')
    .configureHelp({ sortSubcommands: false })
    .addHelpText(
      'after',
      `
Exit codes:
  0  done
  1  failed: the message says what, and what to do
  2  bad usage or configuration, or a cluster that may not be written to: nothing was started or changed

State is kept below $GATEHOUSE_STATE_DIR, else $XDG_STATE_HOME/gatehouse (~/.local/state/gatehouse).`,
    )
    // Commander's own usage errors end with 1; here 2 says that nothing was done.
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2)
    })
  for (const command of [up, down, status, logs, kubeconfig, token, password, manifests, why, doctor]) {
    program.addCommand(command(context).copyInheritedSettings(program))
  }
  return program
}
