import { Command } from 'commander'
import type { Context } from './context.ts'

/** The `gatehouse` command with these sub-commands. */
export function createProgram(
  context: Context,
  commands: readonly ((context: Context) => Command)[],
): Command {
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
  for (const command of commands) {
    const added = command(context).copyInheritedSettings(program)
    for (const nested of added.commands) nested.copyInheritedSettings(program)
    program.addCommand(added)
  }
  return program
}
