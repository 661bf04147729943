/** Every way in which the mock Dex fails outside a request. */
export type DexErrorCode = 'ERR_STORAGE'

/** An error of the mock Dex; `code` tells them apart. */
export class DexError extends Error {
  override readonly name = 'DexError'
  readonly code: DexErrorCode

  constructor(code: DexErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
