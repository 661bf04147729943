/** Every way in which the mock Dex fails because of something else. */
export type DexErrorCode =
  | 'ERR_STORAGE'
  | 'ERR_TEST_POWERS'
  /** An upstream issuer can't be reached, or answers what it must not. */
  | 'ERR_UPSTREAM'
  /** An upstream issuer did not log the user in. */
  | 'ERR_UPSTREAM_DENIED'
  /** The user is none of those whom the connector lets in. */
  | 'ERR_NOT_ALLOWED'

/** An error of the mock Dex; `code` tells them apart. */
export class DexError extends Error {
  override readonly name = 'DexError'
  readonly code: DexErrorCode

  constructor(code: DexErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
