import { execa } from 'execa'
import { BinariesError } from './errors.ts'
import type { Environment } from './plan.ts'

interface GoOptions {
  readonly cwd: string
  readonly env: Environment
  readonly signal: AbortSignal
  /** Takes each line of standard error; true means that it is progress and no part of an error's text. */
  readonly onLine?: (line: string) => boolean
}

const killAfterMs = 5_000
const linesOfError = 30

/**
 * Runs `go` in a process group of its own and returns what it prints. An abort interrupts the whole group (go
 * and its compilers) and waits until it is gone. When this process is killed, go ends by SIGPIPE at the next line
 * that it prints.
 *
 * @throws BinariesError `ERR_BUILD`, with a command line to paste and the last lines of the output
 */
export async function runGo(
  args: readonly string[],
  { cwd, env, signal, onLine }: GoOptions,
): Promise<string> {
  signal.throwIfAborted()
  const child = execa('go', args, {
    cwd,
    env,
    extendEnv: false,
    detached: true,
    stdin: 'ignore',
    buffer: { stdout: true, stderr: false },
    maxBuffer: 50_000_000,
    reject: false,
  })
  const end = endGroup(child.pid)
  signal.addEventListener('abort', end.interrupt)
  process.once('exit', end.kill)
  const tail: string[] = []
  try {
    for await (const line of child.iterable({ from: 'stderr' })) {
      if (!onLine?.(line)) tail.push(line)
      if (tail.length > linesOfError) tail.shift()
    }
    const result = await child
    signal.throwIfAborted()
    if (!result.failed) return result.stdout
    const ending =
      result.exitCode === undefined
        ? (result.originalMessage ?? result.signal)
        : `exit code ${result.exitCode}`
    throw new BinariesError(
      'ERR_BUILD',
      [`${pasteable(args, cwd, env)} failed: ${ending}`, ...tail].join('\n'),
      {
        cause: result,
      },
    )
  } finally {
    end.settle()
    signal.removeEventListener('abort', end.interrupt)
    process.removeListener('exit', end.kill)
  }
}

/** go removes its temporary files when it is interrupted; it is killed only if that takes too long. */
function endGroup(pid: number | undefined) {
  let timer: NodeJS.Timeout | undefined
  const send = (name: NodeJS.Signals) => {
    try {
      if (pid !== undefined) process.kill(-pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  const kill = () => send('SIGKILL')
  const interrupt = () => {
    send('SIGINT')
    timer = setTimeout(kill, killAfterMs)
  }
  return { interrupt, kill, settle: () => clearTimeout(timer) }
}

function pasteable(args: readonly string[], cwd: string, env: Environment): string {
  const words = args.map((word) => (/^[\w./=:@-]+$/.test(word) ? word : `'${word}'`))
  const cgo = env['CGO_ENABLED'] ?? '0'
  return `(cd ${cwd} && CGO_ENABLED=${cgo} GOTOOLCHAIN=local GOWORK=off go ${words.join(' ')})`
}
