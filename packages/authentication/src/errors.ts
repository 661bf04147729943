/** Every way in which a token or a login is refused. */
export type AuthenticationErrorCode =
  | 'ERR_TOKEN_EXPIRED'
  | 'ERR_TOKEN_AUDIENCE'
  | 'ERR_TOKEN_SIGNATURE'
  | 'ERR_TOKEN_ISSUER'
  | 'ERR_TOKEN_MALFORMED'
  | 'ERR_TOKEN_CLAIMS'
  | 'ERR_ISSUER_UNAVAILABLE'
  | 'ERR_LOGIN_FAILED'

/**
 * A token was refused, or an issuer could not be asked. The message never holds a token, and no claim of
 * one whose signature was not verified.
 */
export class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError'
  readonly code: AuthenticationErrorCode

  constructor(code: AuthenticationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
