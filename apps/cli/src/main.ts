#!/usr/bin/env node
import { join } from 'node:path'
import process from 'node:process'
import { createProgram } from './program.ts'

// pnpm runs the repository's scripts at its root and says in INIT_CWD where the user was. Everything below
// inherits that variable, so it counts only there.
const repository = join(import.meta.dirname, '../../..')
const cwd = (process.cwd() === repository ? process.env['INIT_CWD'] : undefined) ?? process.cwd()

// kubectl runs get-token before each of its own commands, so it starts without what only the others need.
const commands =
  process.argv[2] === 'get-token'
    ? [(await import('./commands/get-token.ts')).getToken]
    : (await import('./commands/index.ts')).commands

try {
  await createProgram({ env: process.env, cwd }, commands).parseAsync()
} catch (error) {
  const { reportFailure } = await import('./terminal/failure.ts')
  process.exitCode = reportFailure(error)
}
