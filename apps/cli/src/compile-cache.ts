import { mkdirSync, statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { belongsToUs, compileCache } from '@gatehouse/binaries/cache-root'
import type { Context } from './context.ts'

/**
 * Keeps compiled code for the next command, which then begins in about half the time. What is in there is run:
 * a folder in which others could put something is not used, and where there can be none nothing is kept.
 */
export function keepCompiledCode(env: Context['env']): void {
  const directory = compileCache(env)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    if (!belongsToUs(statSync(directory))) return
  } catch {
    // Read-only, or no home at all: every command still works.
    return
  }
  enableCompileCache(directory)
}
