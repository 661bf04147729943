import { execa } from 'execa'
import type { Environment } from '@gatehouse/kind'
import { ImageError } from './errors.ts'

interface CommandOptions {
  readonly env: Environment
  readonly signal: AbortSignal
  readonly cwd?: string
  readonly onLine?: (line: string) => void
}

const linesOfError = 30

/**
 * Runs a command and returns what it wrote to standard output.
 *
 * @throws ImageError `ERR_COMMAND`, with the command line and the end of what it wrote
 */
export async function run(
  command: string,
  args: readonly string[],
  { env, signal, cwd, onLine }: CommandOptions,
): Promise<string> {
  signal.throwIfAborted()
  const child = execa(command, args, {
    env: { ...env },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    cancelSignal: signal,
    forceKillAfterDelay: 2_000,
    maxBuffer: 20_000_000,
    reject: false,
    ...(cwd === undefined ? {} : { cwd }),
  })
  if (onLine) for await (const line of child.iterable({ from: 'all' })) onLine(line)
  const result = await child
  signal.throwIfAborted()
  if (!result.failed) return result.stdout
  const ending =
    result.exitCode === undefined ? (result.originalMessage ?? result.signal) : `exit code ${result.exitCode}`
  const tail = result.all.split('\n').slice(-linesOfError).join('\n')
  throw new ImageError('ERR_COMMAND', `${result.escapedCommand} failed: ${ending}\n${tail}`, {
    cause: result,
  })
}
