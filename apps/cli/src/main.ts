#!/usr/bin/env node
import { join } from 'node:path'
import process from 'node:process'
import { createProgram } from './program.ts'
import { reportFailure } from './terminal/failure.ts'

// pnpm runs the repository's scripts at its root and says in INIT_CWD where the user was. Everything below
// inherits that variable, so it counts only there.
const repository = join(import.meta.dirname, '../../..')
const cwd = (process.cwd() === repository ? process.env['INIT_CWD'] : undefined) ?? process.cwd()

try {
  await createProgram({ env: process.env, cwd }).parseAsync()
} catch (error) {
  process.exitCode = reportFailure(error)
}
