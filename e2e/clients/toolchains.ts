import { execa } from 'execa'
import { expect } from 'vitest'

/** Whether a program is on this machine's PATH. */
export async function isThere(program: string): Promise<boolean> {
  const { exitCode } = await execa('bash', ['-c', 'command -v "$0"', program], { reject: false })
  return exitCode === 0
}

/**
 * Skips a test where a program is missing that this machine need not have, and says so; under CI that is a
 * failure.
 */
export async function needs(program: string, { skip }: { skip: (note: string) => void }): Promise<void> {
  if (await isThere(program)) return
  const reason = `${program} is not on this machine's PATH`
  if (process.env['CI']) expect.fail(`${reason}, and CI has to run every client`)
  skip(reason)
}
