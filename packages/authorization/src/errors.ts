/** Every way in which a request can't be decided on. */
export type AuthorizationErrorCode =
  | 'ERR_AMBIGUOUS_PATH'
  | 'ERR_NO_RESOURCE'
  | 'ERR_TOKEN_IN_QUERY'
  | 'ERR_REVIEW_FAILED'
  | 'ERR_RBAC_UNREADABLE'

/** A request that is refused before it is authorized, or the API server's answer that is missing for a decision. */
export class AuthorizationError extends Error {
  override readonly name = 'AuthorizationError'
  readonly code: AuthorizationErrorCode

  constructor(code: AuthorizationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
