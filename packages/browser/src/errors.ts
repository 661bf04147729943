/** Every way in which no browser comes to be. */
export type BrowserErrorCode =
  /** There is no Chromium; the message lists where it was looked for. */
  | 'ERR_NO_BROWSER'
  /** The browser can't be made to trust what it was to trust. */
  | 'ERR_TRUST'

/** An error of this package; `code` tells them apart. */
export class BrowserError extends Error {
  override readonly name = 'BrowserError'
  readonly code: BrowserErrorCode

  constructor(code: BrowserErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
