import type { Command } from './command.ts'
import { podCommands } from './pod.ts'
import { readCommands } from './read.ts'
import { sessionCommands } from './session.ts'
import { writeCommands } from './write.ts'

/** Every command of the table, as it is typed. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...sessionCommands,
  ...readCommands,
  ...writeCommands,
  ...podCommands,
}
