/** Every way in which supervision fails. */
export type SupervisorErrorCode =
  | 'ERR_INVALID_PLAN'
  | 'ERR_SPAWN_FAILED'
  | 'ERR_EXITED_EARLY'
  | 'ERR_NEVER_HEALTHY'
  | 'ERR_STOPPED'

/** An error of the supervisor; `code` tells them apart, `process` names the one concerned. */
export class SupervisorError extends Error {
  override readonly name = 'SupervisorError'
  readonly code: SupervisorErrorCode
  readonly process: string

  constructor(code: SupervisorErrorCode, process: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.process = process
  }
}
