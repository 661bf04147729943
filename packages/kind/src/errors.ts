/** Every way in which a call of kind fails. */
export type KindErrorCode =
  /** The configuration is none that kind would take; `problems` lists all that is wrong with it. */
  | 'ERR_CONFIGURATION'
  /** There is no executable at the path that was given for kind. */
  | 'ERR_KIND_MISSING'
  | 'ERR_ENGINE_MISSING'
  | 'ERR_ENGINE_UNREACHABLE'
  | 'ERR_ENGINE_FORBIDDEN'
  | 'ERR_ENGINE_TOO_OLD'
  | 'ERR_DISK_FULL'
  | 'ERR_IMAGE_MISSING'
  | 'ERR_PORT_TAKEN'
  | 'ERR_CLUSTER_EXISTS'
  | 'ERR_CLUSTER_UNKNOWN'
  /** The nodes run, but the control plane did not become Ready in the time it was given. */
  | 'ERR_NOT_READY'
  /** kind failed, and for none of the reasons above. */
  | 'ERR_COMMAND'

/** One thing that is wrong with a configuration. */
export interface ConfigurationProblem {
  /** As in `nodes[0].extraMounts[1].hostPath`; empty for the whole document. */
  readonly path: string
  readonly message: string
}

interface KindErrorDetails {
  readonly command?: string
  readonly tail?: readonly string[]
  readonly problems?: readonly ConfigurationProblem[]
  readonly cause?: unknown
}

/**
 * An error of this package. Its message says what happened and what would help, then the command line and the
 * end of its output.
 */
export class KindError extends Error {
  override readonly name = 'KindError'
  readonly code: KindErrorCode
  /** The command line that failed, ready to paste into a shell; undefined where no command ran. */
  readonly command: string | undefined
  /** The last lines that the command wrote. */
  readonly tail: readonly string[]
  /** All that is wrong with a configuration; empty for other errors. */
  readonly problems: readonly ConfigurationProblem[]

  constructor(code: KindErrorCode, sentence: string, details: KindErrorDetails = {}) {
    const { command, tail = [], problems = [], cause } = details
    const lines = [sentence, ...(command === undefined ? [] : [`$ ${command}`]), ...tail]
    super(lines.join('\n'), cause === undefined ? {} : { cause })
    this.code = code
    this.command = command
    this.tail = tail
    this.problems = problems
  }
}
