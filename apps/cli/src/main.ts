#!/usr/bin/env node
import process from 'node:process'
import { createProgram } from './program.ts'
import { reportFailure } from './terminal/failure.ts'

try {
  await createProgram({ env: process.env, cwd: process.env['INIT_CWD'] ?? process.cwd() }).parseAsync()
} catch (error) {
  process.exitCode = reportFailure(error)
}
