import { basename } from 'node:path'

/** Every way in which the parts that services share fail. */
export type ServerErrorCode = 'ERR_CONFIGURATION' | 'ERR_LISTEN' | 'ERR_WORKER'

/** An error of this package; `code` tells them apart. */
export class ServerError<Code extends ServerErrorCode = ServerErrorCode> extends Error {
  override readonly name: string = 'ServerError'
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** One thing that is wrong in a file; `path` is a JSON pointer (RFC 6901), empty for the whole file. */
export interface ConfigurationProblem {
  readonly path: string
  readonly message: string
}

/** A file that can't be used as it is. The message lists all problems, one a line, each with its path. */
export class ConfigurationError extends ServerError<'ERR_CONFIGURATION'> {
  override readonly name = 'ConfigurationError'
  readonly file: string
  readonly problems: readonly ConfigurationProblem[]

  constructor(file: string, problems: readonly ConfigurationProblem[], options?: ErrorOptions) {
    const label = basename(file)
    const lines = problems.map(({ path, message }) => [label, path, message].filter(Boolean).join(': '))
    super('ERR_CONFIGURATION', lines.join('\n'), options)
    this.file = file
    this.problems = problems
  }
}
