/** Every way in which the node image fails to be made. */
export type NodeImageErrorCode = 'ERR_REQUIREMENTS' | 'ERR_COMMAND' | 'ERR_SOURCE' | 'ERR_ENGINE'

/** An error of this program; its message says what happened, to what, and what to do. */
export class NodeImageError extends Error {
  override readonly name = 'NodeImageError'
  readonly code: NodeImageErrorCode

  constructor(code: NodeImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
