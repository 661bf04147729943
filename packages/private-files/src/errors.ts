/** Every way in which a private file fails. */
export type PrivateFilesErrorCode = 'ERR_NOT_PRIVATE' | 'ERR_LOCKED'

/** An error of this package; `code` tells them apart. */
export class PrivateFilesError extends Error {
  override readonly name = 'PrivateFilesError'
  readonly code: PrivateFilesErrorCode

  constructor(code: PrivateFilesErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
