import { execa } from 'execa'
import { ClusterError } from '../errors.ts'
import { RARE_COLLECTIONS } from '../go-runtime.ts'
import type { Environment } from '../provider.ts'
import { explainFailure } from './explain-failure.ts'

/** How to call the real kubectl for one context of one kubeconfig. */
export interface KubectlSettings {
  readonly command: string
  readonly kubeconfig: string
  readonly context: string
  readonly cacheDirectory: string
  /** All of it is passed on: credential plugins need PATH, HOME and what their cloud's tools read. */
  readonly env: Environment
}

export interface RunOptions {
  readonly signal: AbortSignal
  /** Standard input: an object, sent as JSON. */
  readonly input?: unknown
  /** How long one request may take. */
  readonly requestSeconds?: number
}

/** The real kubectl with an administrator's kubeconfig, which so may hold whatever kubectl understands. */
export class Kubectl {
  readonly settings: KubectlSettings

  constructor(settings: KubectlSettings) {
    this.settings = settings
  }

  /**
   * Runs kubectl and returns its standard output.
   *
   * @throws ClusterError with a code by what failed, and kubectl's own words
   */
  async run(args: readonly string[], { signal, input, requestSeconds = 15 }: RunOptions): Promise<string> {
    const { command, kubeconfig, context, cacheDirectory, env } = this.settings
    const result = await execa(
      command,
      [
        ...args,
        `--kubeconfig=${kubeconfig}`,
        `--context=${context}`,
        `--cache-dir=${cacheDirectory}`,
        `--request-timeout=${requestSeconds}s`,
      ],
      {
        // A kuberc file could give the commands here other defaults.
        env: { ...RARE_COLLECTIONS, ...env, KUBERC: 'off' },
        extendEnv: false,
        cancelSignal: signal,
        reject: false,
        stripFinalNewline: false,
        ...(input === undefined ? { stdin: 'ignore' } : { input: JSON.stringify(input) }),
      },
    )
    signal.throwIfAborted()
    if (!result.failed) return result.stdout
    if (result.exitCode === undefined) {
      throw new ClusterError('ERR_KUBECTL', `kubectl could not be run: ${result.shortMessage}`)
    }
    const { code, message } = explainFailure(result.stderr)
    throw new ClusterError(code, `${message}\nkubectl ${args.join(' ')} said: ${result.stderr.trim()}`)
  }
}
