/** Every way in which an executable fails to be had. */
export type BinariesErrorCode =
  | 'ERR_UNKNOWN_BINARY'
  | 'ERR_UNSUPPORTED_PLATFORM'
  | 'ERR_INVALID_OPTION'
  | 'ERR_NOT_EXECUTABLE'
  | 'ERR_WRONG_VERSION'
  | 'ERR_CACHE'
  | 'ERR_DOWNLOAD'
  | 'ERR_CHECKSUM'
  | 'ERR_BUILD'
  | 'ERR_UNAVAILABLE'

/** An error of this package; `code` tells the kinds apart, `binary` names the executable, if it is about one. */
export class BinariesError extends Error {
  override readonly name = 'BinariesError'
  readonly code: BinariesErrorCode
  readonly binary: string | undefined

  constructor(code: BinariesErrorCode, message: string, options: { binary?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.binary = options.binary
  }
}
