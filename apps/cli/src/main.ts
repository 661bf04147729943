#!/usr/bin/env node
import { join } from 'node:path'
import process from 'node:process'
import { keepCompiledCode } from './compile-cache.ts'
import { loadCommands } from './commands/index.ts'
import { createProgram } from './program.ts'

// pnpm runs the repository's scripts at its root and says in INIT_CWD where the user was. Everything below
// inherits that variable, so it counts only there.
const repository = join(import.meta.dirname, '../../..')
const cwd = (process.cwd() === repository ? process.env['INIT_CWD'] : undefined) ?? process.cwd()

keepCompiledCode(process.env)
try {
  // kubectl runs get-token before each of its own commands, so nothing is loaded that the command does not need.
  const commands = await loadCommands(process.argv[2])
  await createProgram({ env: process.env, cwd }, commands).parseAsync()
} catch (error) {
  const { reportFailure } = await import('./terminal/failure.ts')
  process.exitCode = reportFailure(error)
}
