import { BinariesError } from '@gatehouse/binaries'
import type { Context } from './context.ts'
import { ImageError } from './errors.ts'

class Interruption extends Error {}

/**
 * The life of a program that makes images: SIGINT and SIGTERM abort, progress goes to standard error with the
 * seconds since the start, an expected error is its message alone. Sets the exit code: 1 failed, 2 wrong
 * usage, 130 interrupted.
 */
export async function runProgram(
  usage: string,
  main: (context: Pick<Context, 'env' | 'signal' | 'report'>) => Promise<void>,
): Promise<void> {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // Not once: without a listener the lock's own one would end the process before it has tidied up.
    process.on(name, () => controller.abort(new Interruption(`interrupted by ${name}`)))
  }
  const started = performance.now()
  const report = (message: string) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.error(`${seconds.padStart(6)} s  ${message}`)
  }
  try {
    await main({ env: process.env, signal: controller.signal, report })
  } catch (error) {
    const misused =
      error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
    const isExpected =
      misused ||
      error instanceof ImageError ||
      error instanceof BinariesError ||
      error instanceof Interruption
    console.error(isExpected ? error.message : error)
    if (misused) console.error(usage)
    process.exitCode = misused ? 2 : error instanceof Interruption ? 130 : 1
  }
}
