/** Every way in which the PKI fails. */
export type PkiErrorCode =
  | 'ERR_INVALID_REQUEST'
  | 'ERR_KEY_EXPOSED'
  | 'ERR_INCOMPLETE_AUTHORITY'
  | 'ERR_UNREADABLE'

/** An error of the PKI; `code` tells them apart. */
export class PkiError extends Error {
  override readonly name = 'PkiError'
  readonly code: PkiErrorCode

  constructor(code: PkiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
