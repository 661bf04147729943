import { printableLines } from '@gatehouse/server/printable'
import { findStack, StackError, stateRoot } from '@gatehouse/stack/running'
import { tailOfLog } from '@gatehouse/supervisor'
import { Command, InvalidArgumentError } from 'commander'
import type { Context } from '../context.ts'
import { followLogs } from '../follow-logs.ts'
import { nameOption } from './options.ts'

interface Options {
  readonly name: string
  readonly follow?: true
  readonly lines: number
}

export const logs = (context: Context) =>
  new Command('logs')
    .description('show the last log lines of one process, or of all')
    .argument('[process]', 'a process, as "gatehouse status" lists them')
    .option('-f, --follow', 'go on as lines come')
    .option('-l, --lines <count>', 'how many lines of each', positiveInteger, 20)
    .addOption(nameOption())
    .action(async (wanted: string | undefined, { name, follow, lines }: Options) => {
      const stack = await findStack(stateRoot(context.env), name)
      const { processes } = await stack.status()
      const chosen = processes.filter((process) => wanted === undefined || process.name === wanted)
      if (chosen.length === 0) {
        const names = processes.map((process) => process.name).join(', ')
        throw new StackError(
          'ERR_NOT_RUNNING',
          `the stack "${name}" has no process "${wanted}"; there are ${names}`,
        )
      }
      if (follow) {
        const files = chosen.map(({ logFile }) => logFile)
        return followLogs(files, lines, process.stdout)
      }
      for (const process of chosen) {
        if (chosen.length > 1) console.log(`==> ${process.name} (${process.logFile})`)
        for (const line of await tailOfLog(process.logFile, lines)) console.log(printableLines(line))
      }
    })

function positiveInteger(value: string): number {
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('give a number of lines, from 1')
}
