import { execa } from 'execa'
import { commandLine, type Environment } from './command-line.ts'
import { KindError } from './errors.ts'
import { explainFailure } from './explain-failure.ts'

/** Which kind is run, and with which environment: nothing of this process's own is added. */
export interface Kind {
  /** Path of the executable. */
  readonly path: string
  /** At least PATH, for `docker`; HOME and DOCKER_* as docker reads them. */
  readonly env: Environment
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined
  /** Written to standard input, which is empty otherwise. */
  readonly input?: string | undefined
  /** Takes each line of standard error: kind's log. */
  readonly onLine?: (line: string) => void
}

const linesOfError = 40
const killAfterMs = 5_000

/**
 * Runs kind and returns what it wrote to standard output. It leads a process group of its own, so that an abort
 * ends kind and each `docker` that it started; the promise settles when they are gone.
 *
 * @throws KindError; the signal's reason after an abort
 */
export async function runKind(
  kind: Kind,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { signal, input, onLine } = options
  signal?.throwIfAborted()
  const child = execa(kind.path, args, {
    env: { ...kind.env },
    extendEnv: false,
    detached: true,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    buffer: { stdout: true, stderr: false },
    maxBuffer: 50_000_000,
    reject: false,
  })
  const group = groupOf(child.pid)
  signal?.addEventListener('abort', group.end)
  process.once('exit', group.kill)
  const tail: string[] = []
  try {
    for await (const line of child.iterable({ from: 'stderr' })) {
      onLine?.(line)
      tail.push(line)
      if (tail.length > linesOfError) tail.shift()
    }
    const result = await child
    signal?.throwIfAborted()
    if (!result.failed) return result.stdout
    throw failure(kind, args, { input, tail, result })
  } finally {
    group.settle()
    signal?.removeEventListener('abort', group.end)
    process.removeListener('exit', group.kill)
  }
}

interface Ending {
  readonly input: string | undefined
  readonly tail: readonly string[]
  readonly result: {
    readonly exitCode?: number | undefined
    readonly signal?: string | undefined
    readonly code?: string | undefined
  }
}

function failure(kind: Kind, args: readonly string[], { input, tail, result }: Ending): KindError {
  const command = commandLine(kind.path, args, { env: kind.env, input })
  if (result.exitCode === undefined && result.signal === undefined) {
    const sentence = `kind can't be run: ${kind.path} is ${result.code === 'ENOENT' ? 'not there' : `not usable (${result.code})`}`
    return new KindError('ERR_KIND_MISSING', sentence, { command, cause: result })
  }
  const { code, sentence } = explainFailure(tail.join('\n'))
  const ending = result.signal === undefined ? `exit code ${result.exitCode}` : `ended by ${result.signal}`
  return new KindError(code, `${sentence} (${ending})`, { command, tail, cause: result })
}

/** The group that `pid` leads. kind has no tidying of its own to wait for, but docker's command line may. */
function groupOf(pid: number | undefined) {
  let timer: NodeJS.Timeout | undefined
  const send = (name: NodeJS.Signals) => {
    try {
      if (pid !== undefined) process.kill(-pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  const kill = () => send('SIGKILL')
  const end = () => {
    send('SIGTERM')
    timer = setTimeout(kill, killAfterMs)
  }
  return { end, kill, settle: () => clearTimeout(timer) }
}
