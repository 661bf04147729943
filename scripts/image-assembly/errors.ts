/** Every way in which an image fails to be made. */
export type ImageErrorCode = 'ERR_REQUIREMENTS' | 'ERR_COMMAND' | 'ERR_SOURCE' | 'ERR_ENGINE'

/** An error of the programs that make images; its message says what happened, to what, and what to do. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly code: ImageErrorCode

  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
