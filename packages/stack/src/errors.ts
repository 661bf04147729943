/** Every way in which a stack fails as a whole. */
export type StackErrorCode =
  | 'ERR_ALREADY_RUNNING'
  | 'ERR_NOT_RUNNING'
  | 'ERR_UNKNOWN_PERSON'
  | 'ERR_DOWNLOAD'
  | 'ERR_MANIFEST'
  | 'ERR_STATE'
  | 'ERR_CLUSTER_ACCESS'
  | 'ERR_CLUSTER_REMOVAL'
  | 'ERR_NOT_STARTED'
  | 'ERR_UNKNOWN_REQUEST'
  | 'ERR_RBAC'

/** An error of the stack; the message says what happened and what to do. */
export class StackError extends Error {
  override readonly name = 'StackError'
  readonly code: StackErrorCode

  constructor(code: StackErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
