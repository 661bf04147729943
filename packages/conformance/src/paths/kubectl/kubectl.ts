import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { LoggedIn, Path } from '../path.ts'
import { type KubectlCommand, kubectlCommand } from './command.ts'
import { judgeCommand } from './judge-kubectl.ts'
import { makeRunDirectory } from './run-directory.ts'

const TIMEOUT_MS = 60_000
/** kubectl logs this when exec, attach or port-forward have begun. */
const SWITCHED = /"Response" status="101/
/** It ends before there is anything to collect, and has one thing to do at a time: a third of its CPU time. */
const SHORT_LIVED = { GOGC: 'off', GOMEMLIMIT: '256MiB', GOMAXPROCS: '1' }
/** As many at one time: each is a process. */
const CONCURRENCY = 4

export interface KubectlPathOptions {
  /** Where its kubeconfigs lead, for people. */
  readonly server: string
  readonly isDirect: boolean
  /** Path of the real kubectl. */
  readonly kubectl: string
  /** The kubeconfig that a persona has, as text. */
  readonly kubeconfigOf: (persona: LoggedIn, signal: AbortSignal) => Promise<string>
  /** Where those have a folder of this run; what killed runs have left there goes. */
  readonly directory: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * The way in by the real kubectl. What its default takes for granted is not asked: a process for each of
 * thousands of cells would take its time.
 */
export async function kubectlPath(options: KubectlPathOptions): Promise<Path> {
  const directory = await makeRunDirectory(options.directory)
  const files = new Map<string, Promise<string>>()
  const fileOf = (persona: LoggedIn, signal: AbortSignal): Promise<string> => {
    const known = files.get(persona.id)
    if (known) return known
    const written = options.kubeconfigOf(persona, signal).then(async (text) => {
      const file = join(directory, `${persona.id}.yaml`)
      await writeFile(file, text, { mode: 0o600 })
      return file
    })
    files.set(persona.id, written)
    return written
  }
  return {
    id: 'kubectl',
    server: options.server,
    isDirect: options.isDirect,
    concurrency: CONCURRENCY,
    canAsk: (planned, isExplicit) =>
      isExplicit && kubectlCommand(planned, { name: 'x', pods: new Map() }) !== undefined,
    async ask({ planned, persona, context, signal }) {
      const command = kubectlCommand(planned, context)
      if (!command) throw new Error(`kubectl has no command for ${planned.question.verb}`)
      const kubeconfig = await fileOf(persona, signal)
      const startedAt = performance.now()
      const ended = await run(options, command, { KUBECONFIG: kubeconfig, HOME: directory }, signal)
      signal.throwIfAborted()
      const { result, reason, message, exchange } = judgeCommand(ended, planned.question, persona.username)
      const isUnanswered = exchange === undefined
      return {
        result,
        evidence: {
          request: `kubectl ${command.args.join(' ')}`,
          status: exchange?.status ?? null,
          reason,
          message,
          auditId: exchange?.auditId ?? '',
          durationMs: performance.now() - startedAt,
        },
        ...(isUnanswered ? { retryAfterMs: 200 } : {}),
      }
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

async function run(
  { kubectl, env }: KubectlPathOptions,
  { args, input, env: own, isEndless = false }: KubectlCommand,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ exitCode: number | undefined; stderr: string }> {
  const child = execa(kubectl, args, {
    env: { ...SHORT_LIVED, PATH: env['PATH'] ?? '', ...environment, ...own },
    extendEnv: false,
    reject: false,
    timeout: TIMEOUT_MS,
    cancelSignal: signal,
    maxBuffer: 16 * 1024 * 1024,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  })
  if (isEndless) {
    let seen = ''
    child.stderr.on('data', (chunk: Buffer) => {
      seen = (seen + chunk.toString()).slice(-4096)
      if (SWITCHED.test(seen)) child.kill('SIGTERM')
    })
  }
  const { exitCode, stderr } = await child
  return { exitCode, stderr }
}
