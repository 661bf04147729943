import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { StackError, stateRoot, trustAnchorOf } from '@gatehouse/stack/running'
import { distrust, trust as makeTrusted, trustStatus } from '@gatehouse/trust'
import { Command, Option } from 'commander'
import type { Context } from '../context.ts'
import { colors } from '../terminal/colors.ts'
import { describeTrust, isAsWanted, type TrustChange } from '../terminal/trust.ts'
import { nameOption } from './options.ts'

interface Options {
  readonly name: string
  readonly remove?: true
  readonly status?: true
  readonly print?: true
  readonly json?: true
  readonly root: string
}

const WORK = { add: makeTrusted, remove: distrust, none: trustStatus } as const

export const trust = (context: Context) =>
  new Command('trust')
    .description("make this machine's browsers and programs trust the stack's certificate authority")
    .addOption(new Option('--remove', 'make them forget it again').conflicts('status'))
    .option('--status', 'say who trusts it, and change nothing')
    .addOption(
      new Option('--print', 'print the authority (PEM), and change nothing').conflicts([
        'remove',
        'status',
        'json',
      ]),
    )
    .option('--json', 'print JSON: a list of {title, place, state, changed, problem}')
    .option('--root <folder>', "where the system's own files are, for images", '/')
    .addOption(nameOption())
    .addHelpText(
      'after',
      `
Stores: the system's (Debian, Fedora, Arch, openSUSE, the keychain of macOS), and the databases of Chromium and
Firefox of this user, which need certutil. Each is changed as a whole or left as it was. For the system's one
has to be root; without it, the commands to run are shown.

Exit codes:
  0  every store is as it was to be (with --status: trusts the authority)
  1  at least one is not: its line says why, and what to do`,
    )
    .action(async ({ name, remove, status, print, json, root }: Options) => {
      const change: TrustChange = remove ? 'remove' : status ? 'none' : 'add'
      const anchor = await trustAnchorOf(stateRoot(context.env), name)
      if (change !== 'remove' && anchor.certificate === undefined) {
        throw new StackError(
          'ERR_STATE',
          `the stack "${name}" has no certificate authority yet (${anchor.certificateFile}): start it once`,
        )
      }
      if (print) {
        process.stdout.write(await readFile(anchor.certificateFile, 'utf8'))
        return
      }
      const machine = {
        platform: process.platform,
        root: resolve(context.cwd, root),
        home: context.env['HOME'] ?? homedir(),
        env: context.env,
      }
      const reports = await WORK[change](machine, anchor)
      console.log(
        json
          ? JSON.stringify(reports, undefined, 2)
          : describeTrust(reports, anchor, change, colors).join('\n'),
      )
      if (!reports.every((report) => isAsWanted(report, change))) process.exitCode = 1
    })
