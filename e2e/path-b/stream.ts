import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Ended } from './gatehouse.ts'

/** A text to wait for in what a command prints, and what to do then with its first group. */
export type Step = readonly [pattern: RegExp, then: (match: string) => Promise<unknown>]

/**
 * Follows a command that does not end by itself through `steps`, and ends it, which counts as exit code 0. One
 * that did end by itself ended as it did.
 */
export async function follow(command: ChildProcess, steps: readonly Step[]): Promise<Ended> {
  const printed = { stdout: '', stderr: '' }
  let wake = () => {}
  let hasEnded = false
  for (const stream of ['stdout', 'stderr'] as const) {
    command[stream]?.on('data', (chunk: Buffer) => {
      printed[stream] += chunk.toString()
      wake()
    })
  }
  const ended = once(command, 'close').then(() => {
    hasEnded = true
    wake()
  })
  /** What the pattern found; undefined when the command ended without it. */
  const until = async (pattern: RegExp): Promise<string | undefined> => {
    for (;;) {
      const match = pattern.exec(`${printed.stdout}${printed.stderr}`)
      if (match) return match[1] ?? match[0]
      if (hasEnded) return undefined
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  let isOwnEnd = false
  try {
    for (const [pattern, then] of steps) {
      const match = await until(pattern)
      if (match === undefined) break
      await then(match)
    }
    isOwnEnd = hasEnded || command.exitCode !== null || command.signalCode !== null
  } finally {
    command.kill('SIGKILL')
    // Only now everything that it has printed is here.
    await ended
  }
  if (!isOwnEnd) return { exitCode: 0, ...printed }
  return { ...(command.exitCode === null ? {} : { exitCode: command.exitCode }), ...printed }
}
